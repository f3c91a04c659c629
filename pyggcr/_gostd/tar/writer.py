"""Plain files in an archive as Go's archive/tar writes them: no owner, no time."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from pyggcr.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["BLOCK", "END", "MODE", "entry", "header"]

MODE = 0o644
BLOCK = 512
END = bytes(2 * BLOCK)

# Fields of a tar header (POSIX ustar).
_CHECKSUM = slice(148, 156)
_DEVICES = slice(329, 345)
_NO_DEVICE = b"0000000\0"


def entry(name: str, content: Iterable[bytes], size: int) -> Iterator[bytes]:
    """A file as pieces of an archive (``WriteHeader``, ``Write``, ``Flush``).

    Raises:
        ArchiveError: the content is longer or shorter than it was said to be.
    """
    yield header(name, size)
    missing = size
    for piece in content:
        if len(piece) > missing:
            raise ArchiveError("archive/tar: write too long")
        yield piece
        missing -= len(piece)
    if missing:
        raise ArchiveError(f"archive/tar: missed writing {missing} bytes")
    yield bytes(-size % BLOCK)


def header(name: str, size: int) -> bytes:
    """The header of a file; Go writes the numbers of a device, both 0, where Python writes none."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, MODE
    blocks = bytearray(info.tobuf(tarfile.PAX_FORMAT))
    block = memoryview(blocks)[-BLOCK:]
    block[_DEVICES] = _NO_DEVICE * 2
    block[_CHECKSUM] = b" " * 8
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return bytes(blocks)
