"""Detects a stream's compression by its first bytes, and decompresses it: internal/compression.

How gzip works is in ``_gostd.gzip``.
"""

from __future__ import annotations

from pyggcr._gostd.stream import PieceStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from typing import Literal
else:
    from pyggcr._typing import Literal

__all__ = [
    "BZIP2_MAGIC",
    "GZIP_MAGIC",
    "XZ_MAGIC",
    "ZSTD_MAGIC",
    "Compression",
    "peek_compression",
    "unzip",
]

Compression = Literal["none", "gzip", "zstd"]

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
XZ_MAGIC = b"\xfd7zXZ\0"
BZIP2_MAGIC = b"BZh"


def peek_compression(stream: io.RawIOBase) -> tuple[Compression, PeekedStream]:
    """The compression, and a stream that gives all bytes again (``PeekCompression``).

    An error of the stream counts only while fewer bytes than the magic number are there.
    """
    peeked = PeekedStream(stream)
    if peeked.peek(len(GZIP_MAGIC)) == GZIP_MAGIC:
        return "gzip", peeked
    if peeked.peek(len(ZSTD_MAGIC)) == ZSTD_MAGIC:
        return "zstd", peeked
    return "none", peeked


def unzip(
    compression: Compression, stream: io.RawIOBase, reopen: Callable[[], io.RawIOBase]
) -> io.RawIOBase:
    """The uncompressed bytes of the stream; closing it closes the stream.

    Args:
        compression: what ``peek_compression`` said.
        stream: the compressed bytes from their beginning.
        reopen: gives the same bytes again; used to describe damage as Go does.
    """
    # Imported here: whoever only looks needs no decoder.
    if compression == "gzip":
        from pyggcr._gostd.gzip.reader import Reader

        return Reader(stream, reopen=reopen)
    if compression == "zstd":
        from pyggcr._layers.zstd import ZstdReader

        return ZstdReader(stream)
    return stream


class PeekedStream(PieceStream):
    """A stream whose first bytes were looked at (``bufio.Reader`` and its ``Peek``)."""

    def __init__(self, stream: io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next bytes, or what there is before the end; they are read again."""
        while len(self._ahead) < size:
            piece = self._stream.read(size - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead[:size]

    def _take(self, size: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._stream.read(size) or b""

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
