"""Plain files in an archive as Go's archive/tar writes them: no owner, no time."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyggcr import limits
from pyggcr.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["END", "Entry"]

_MODE = 0o644
_BLOCK = 512
END = bytes(2 * _BLOCK)
_READ_SIZE = 1 << 20

# Fields of a tar header (POSIX ustar).
_CHECKSUM = slice(148, 156)
_DEVICES = slice(329, 345)
_NO_DEVICE = b"0000000\0"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of an archive.

    Attributes:
        name: its path.
        size: of its content, in bytes.
        open: gives the content, as a stream to be read and closed.
        anywhere: whether threads other than the caller's may open and read it.
    """

    name: str
    size: int
    open: Callable[[], io.RawIOBase | io.BufferedIOBase]
    anywhere: bool = False

    @staticmethod
    def of(name: str, content: bytes) -> Entry:
        """A file whose content is at hand."""
        return Entry(name, len(content), lambda: io.BytesIO(content))

    def pieces(self) -> Iterator[bytes]:
        """The entry as pieces of the archive (``WriteHeader``, ``Write``, ``Flush``).

        Raises:
            ArchiveError: the content is longer or shorter than it was said to be.
            CancelledError: the limits of the call say so.
        """
        yield _header(self.name, self.size)
        missing = self.size
        with self.open() as content:
            while piece := content.read(_READ_SIZE):
                limits.current().check()
                if len(piece) > missing:
                    raise ArchiveError("archive/tar: write too long")
                yield piece
                missing -= len(piece)
        if missing:
            raise ArchiveError(f"archive/tar: missed writing {missing} bytes")
        yield self._padding()

    def length(self) -> int:
        """How many bytes of the archive the pieces are."""
        return len(_header(self.name, self.size)) + self.size + len(self._padding())

    def _padding(self) -> bytes:
        return bytes(-self.size % _BLOCK)


def _header(name: str, size: int) -> bytes:
    """The header of a file; Go writes the numbers of a device, both 0, where Python writes none."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, _MODE
    blocks = bytearray(info.tobuf(tarfile.PAX_FORMAT))
    block = memoryview(blocks)[-_BLOCK:]
    block[_DEVICES] = _NO_DEVICE * 2
    block[_CHECKSUM] = b" " * 8
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return bytes(blocks)
