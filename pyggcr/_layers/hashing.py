"""Hash and size of pieces, or of a stream while it is being read.

``v1.sha256`` is for a stream that need only be hashed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr._gostd import codecs
from pyggcr._gostd.stream import PieceStream

if TYPE_CHECKING:
    import io

__all__ = ["CountingHash", "HashingStream"]


class CountingHash:
    """Hash and size of the pieces that were added."""

    __slots__ = ("_hasher", "size")

    def __init__(self) -> None:
        self._hasher = codecs.sha256()
        self.size = 0

    def add(self, data: bytes | memoryview) -> None:
        """Take the next piece."""
        self._hasher.update(data)
        self.size += len(data)

    def hash(self) -> v1.Hash:
        """Hash of all that was added."""
        return v1.Hash("sha256", self._hasher.hexdigest())


class HashingStream(PieceStream):
    """A stream that hashes what is read from it (``io.TeeReader`` on a hash)."""

    def __init__(self, stream: io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream
        self.counted = CountingHash()

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size) or b""
        self.counted.add(data)
        return data
