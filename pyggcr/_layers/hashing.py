"""Hash and size of bytes that come by, of pieces or of a stream that somebody else reads.

``v1.sha256`` is for a stream that is only to be hashed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr._gostd.stream import PieceStream

if TYPE_CHECKING:
    import io

__all__ = ["TalliedStream", "Tally"]


class Tally:
    """Hash and size of the pieces that were added."""

    __slots__ = ("_hasher", "size")

    def __init__(self) -> None:
        self._hasher = hashlib.sha256()
        self.size = 0

    def add(self, data: bytes) -> None:
        """Take the next piece."""
        self._hasher.update(data)
        self.size += len(data)

    def hash(self) -> v1.Hash:
        """Hash of all that was added."""
        return v1.Hash("sha256", self._hasher.hexdigest())


class TalliedStream(PieceStream):
    """A stream that tallies what is read from it (``io.TeeReader`` on a hash)."""

    def __init__(self, stream: io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream
        self.tally = Tally()

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size) or b""
        self.tally.add(data)
        return data
