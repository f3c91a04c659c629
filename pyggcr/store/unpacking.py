"""Tars that are compressed as a whole: gzip, zstd, xz or bzip2, told by their first bytes.

Such a tar is unpacked, once, into a temporary file without a name. Layers are not read here: for
those go-containerregistry knows gzip and zstd alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

from pyggcr._gostd.stream import PieceStream
from pyggcr._gostd.tar.content import read_full
from pyggcr._layers.compression import BZIP2_MAGIC, GZIP_MAGIC, XZ_MAGIC, ZSTD_MAGIC, unzip
from pyggcr._layers.unnamed_file import UnnamedFile
from pyggcr.errors import ArchiveError, CompressionError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Whole = Literal["gzip", "zstd", "xz", "bzip2"]

__all__ = ["compression_of", "unpacked"]

_MAGIC: tuple[tuple[bytes, Whole], ...] = (
    (GZIP_MAGIC, "gzip"),
    (ZSTD_MAGIC, "zstd"),
    (XZ_MAGIC, "xz"),
    (BZIP2_MAGIC, "bzip2"),
)
_READ_SIZE = 1 << 20
_INPUT_SIZE = 1 << 16
# Bytes that the decoder of xz may take: twice what xz -9 needs.
_XZ_MEMORY = 128 << 20


def compression_of(beginning: bytes) -> Whole | None:
    """How a file is compressed that begins so; nothing if it is not."""
    return next((name for magic, name in _MAGIC if beginning.startswith(magic)), None)


def unpacked(
    compression: Whole, stream: io.RawIOBase, reopen: Callable[[], io.RawIOBase], shown: str
) -> UnnamedFile:
    """The tar in a compressed stream.

    Args:
        compression: how it is compressed.
        stream: its bytes.
        reopen: gives them again, to describe damage of a gzip.
        shown: what errors call it.

    Raises:
        ArchiveError: what is in it is no tar.
        CompressionError, TruncatedError: the compressed data is damaged, or not all there.
        FileAccessError: the folder for temporary files has no room, say.
    """
    with _content(compression, stream, reopen) as content:
        try:
            return UnnamedFile(_pieces_of_tar(content, compression, shown), shown)
        except (CompressionError, TruncatedError) as error:
            what = "cut short" if isinstance(error, TruncatedError) else "damaged"
            raise type(error)(
                f"{error.message}: {shown}, which {compression} has compressed, is {what}; copy or "
                "download it again"
            ) from error


def _content(
    compression: Whole, stream: io.RawIOBase, reopen: Callable[[], io.RawIOBase]
) -> io.RawIOBase:
    if compression == "xz":
        import lzma

        return _Unpacked(
            stream,
            lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY),
            compression,
            lzma.LZMAError,
        )
    if compression == "bzip2":
        import bz2

        return _Unpacked(stream, bz2.BZ2Decompressor, compression, OSError)
    return unzip(compression, stream, reopen)


class _Unpacked(PieceStream):
    """The content of all streams of xz or bzip2, one after the other."""

    def __init__(
        self,
        source: io.RawIOBase,
        make: Callable[[], Any],
        compression: Whole,
        failure: type[Exception],
    ) -> None:
        super().__init__()
        self._source = source
        self._make = make
        self._compression = compression
        self._failure = failure
        self._decoder: Any = None
        self._input = b""

    def _take(self, size: int) -> bytes:
        while True:
            if self._decoder is None and not self._begin():
                return b""
            if self._decoder.needs_input and not self._input:
                self._input = self._source.read(_INPUT_SIZE) or b""
                if not self._input:
                    raise TruncatedError("unexpected EOF")
            try:
                piece: bytes = self._decoder.decompress(self._input, size)
            except (self._failure, EOFError, ValueError) as error:
                raise CompressionError(f"{self._compression}: {error}") from None
            self._input = b""
            if self._decoder.eof:
                self._input = self._decoder.unused_data
                self._decoder = None
            if piece:
                return piece

    def _begin(self) -> bool:
        """Begin the next stream; false if there is none. Zeros may stand between streams of xz."""
        while not self._input.lstrip(b"\0"):
            self._input = self._source.read(_INPUT_SIZE) or b""
            if not self._input:
                return False
        self._input = self._input.lstrip(b"\0")
        self._decoder = self._make()
        return True

    def close(self) -> None:
        """Close the stream and its source. Idempotent."""
        if not self.closed:
            self._source.close()
        super().close()


def _pieces_of_tar(content: io.RawIOBase, compression: Whole, shown: str) -> Iterator[bytes]:
    """What the stream gives, if it begins as a tar does: nothing else is worth unpacking."""
    from pyggcr.store.recognition import LOOKED_AT, recognized

    first = read_full(lambda size: content.read(size) or b"", LOOKED_AT)
    # Of a short one all is known; of a longer one only that it is longer.
    found = recognized(first, len(first))
    if found is not None:
        raise ArchiveError(f"{shown}, which {compression} has compressed, {found}")
    yield first
    while piece := content.read(_READ_SIZE):
        yield piece
