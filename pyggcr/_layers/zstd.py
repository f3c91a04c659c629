"""Reads zstd streams with the library that Python or the package ``zstandard`` has.

go-containerregistry reads them with klauspost/compress. The content is the same; the texts of
errors about damaged data are this module's own (docs/differences.md), except that truncation is
reported in Go's words.
"""

from __future__ import annotations

import sys

from pyggcr._gostd.stream import PieceStream, Waiting
from pyggcr.errors import CompressionError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import Any

__all__ = ["ZstdReader"]

# A block of 128 KiB can come out of four bytes, so this bounds memory to some 16 MiB.
_READ_SIZE = 512

# RFC 8878, 3.1.1: what each frame starts with.
_MAGIC_SIZE = 4


def _decompressor() -> tuple[Any, type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor(), zstd.ZstdError
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError


class ZstdReader(PieceStream):
    """The content of all frames of a stream, one after the other (``zstd.UnzipReadCloser``).

    Reading raises ``TruncatedError`` where the stream ends inside a frame, ``CompressionError``
    where the data is damaged.
    """

    def __init__(self, source: io.RawIOBase) -> None:
        super().__init__()
        self._source = source
        self._frame: Any = None
        self._failure: type[Exception] = CompressionError
        self._input = b""
        self._output = Waiting()

    def _take(self, size: int) -> bytes:
        while not self._output:
            if not self._fill():
                return b""
        return self._output.take(size)

    def _fill(self) -> bool:
        """Decompress one piece of input; false at the end of the last frame."""
        data = self._input or self._source.read(_READ_SIZE) or b""
        if not data:
            if self._frame is not None:
                raise TruncatedError("unexpected EOF")
            return False
        if self._frame is None:
            data = self._whole_magic(data)
            self._frame, self._failure = _decompressor()
        try:
            self._output.put(self._frame.decompress(data))
        except self._failure as error:
            raise CompressionError(f"zstd: {error}") from None
        self._input = b""
        if self._frame.eof:
            self._input = self._frame.unused_data
            self._frame = None
        return True

    def _whole_magic(self, data: bytes) -> bytes:
        """At least the magic of a frame: Go calls less than that truncated, not damaged."""
        while len(data) < _MAGIC_SIZE:
            more = self._source.read(_READ_SIZE)
            if not more:
                raise TruncatedError("unexpected EOF")
            data += more
        return data

    def close(self) -> None:
        """Close the stream and its source. Idempotent."""
        if not self.closed:
            self._source.close()
        super().close()
