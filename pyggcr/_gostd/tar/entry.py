# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Plain files in an archive as Go's archive/tar writes them: no owner, no time.

Their length is known before they are written, so that several can be written into one file at
the same time; ``writer`` writes them one after the other.
"""

from __future__ import annotations

import io

from pyggcr import limits
from pyggcr._dataclasses import dataclass
from pyggcr._gostd.tar.blocks import Encoded, encode_header
from pyggcr._gostd.tar.header import Header
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Entry"]

_MODE = 0o644
_READ_SIZE = 1 << 20


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
        encoded = self._encoded()
        yield encoded.blocks
        missing = encoded.size
        with self.open() as content:
            while piece := content.read(_READ_SIZE):
                limits.current().check()
                if len(piece) > missing:
                    raise ArchiveError("archive/tar: write too long")
                yield piece
                missing -= len(piece)
        if missing:
            raise ArchiveError(f"archive/tar: missed writing {missing} bytes")
        yield bytes(encoded.padding)

    def length(self) -> int:
        """How many bytes of the archive the pieces are."""
        encoded = self._encoded()
        return len(encoded.blocks) + encoded.size + encoded.padding

    def _encoded(self) -> Encoded:
        return encode_header(Header(self.name, typeflag="0", size=self.size, mode=_MODE))
