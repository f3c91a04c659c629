"""Layers whose blob is made once, kept in a temporary file, and read as often as it is needed.

The gzip is Go 1.26's and the zstd klauspost/compress', whatever the engine, so that equal content
has one digest on every machine.
"""

from __future__ import annotations

from pyggcr import v1
from pyggcr._layers import one_pass
from pyggcr._layers.closing import Closing
from pyggcr._layers.compression import unzip
from pyggcr._layers.core import ForwardedLayer, may_be_read_anywhere, origin_of
from pyggcr._layers.hashing import CountingHash, HashingStream
from pyggcr._layers.source import SourceStream
from pyggcr._layers.unnamed_file import UnnamedFile
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from typing import Literal

    from pyggcr import name
    from pyggcr._gostd.compressor import Compressor
    from pyggcr.types import MediaType
else:
    from pyggcr._typing import Literal

__all__ = ["COMPRESSIONS", "BlobLayer", "Compression", "RetypedLayer", "check_compression", "made"]

Compression = Literal["none", "gzip", "zstd"]
COMPRESSIONS: tuple[Compression, ...] = ("gzip", "none", "zstd")

_GZIP_PROFILE = "go1.26"
_LAST_ZSTD_LEVEL = 22  # of the zstd command, whose levels they are
_READ_SIZE = 1 << 18


class BlobLayer(Closing, v1.Layer):
    """A layer with its blob; closing it removes the blob."""

    _kind = "layer"
    anywhere = True

    def __init__(
        self,
        file: UnnamedFile,
        facts: one_pass.Facts,
        compression: Compression,
        media_type: MediaType,
    ) -> None:
        self._file = file
        self._facts = facts
        self.compression = compression
        self._media_type = media_type

    def digest(self) -> v1.Hash:
        """Hash of the blob."""
        return self._facts.digest

    def diff_id(self) -> v1.Hash:
        """Hash of the content."""
        return self._facts.diff_id

    def size(self) -> int:
        """Size of the blob in bytes."""
        return self._facts.size

    def media_type(self) -> MediaType:
        """Media type of the blob."""
        return self._media_type

    def compressed(self) -> io.RawIOBase:
        """The blob."""
        self._use()
        return SourceStream(self._file)

    def uncompressed(self) -> io.RawIOBase:
        """The content."""
        return unzip(self.compression, self.compressed(), self.compressed)

    def close(self) -> None:
        """Remove the blob; streams that are open stay open. Idempotent."""
        super().close()
        self._file.close()


class RetypedLayer(ForwardedLayer):
    """Another layer by another media type."""

    def __init__(self, layer: v1.Layer, media_type: MediaType) -> None:
        super().__init__(layer)
        self._media_type = media_type
        self.anywhere = may_be_read_anywhere(layer)

    @property
    def origin(self) -> name.Repository | None:
        """The repository that the layer comes from, if it comes from one."""
        return origin_of(self.layer)

    def media_type(self) -> MediaType:
        """The other media type."""
        return self._media_type

    def close(self) -> None:
        """Leave the other layer to its image."""


def check_compression(compression: str, level: int | None) -> None:
    """Refuse a compression or a level that there is not.

    Raises:
        UnsupportedOptionError: the text says what there is.
    """
    if compression not in COMPRESSIONS:
        raise UnsupportedOptionError(
            f"compression is {', '.join(COMPRESSIONS[:-1])} or {COMPRESSIONS[-1]}, "
            f'not "{compression}"'
        )
    if compression == "none" and level is not None:
        raise UnsupportedOptionError("a level is for gzip or zstd, not for no compression")
    if compression == "gzip":
        from pyggcr._gostd.gzip_options import check_level

        check_level(_or_fastest(level))
    elif compression == "zstd" and not 1 <= _or_fastest(level) <= _LAST_ZSTD_LEVEL:
        raise UnsupportedOptionError(
            f"zstd has the levels 1 to {_LAST_ZSTD_LEVEL}, and not {level}"
        )


def made(
    content: io.RawIOBase,
    *,
    compression: Compression,
    level: int | None,
    media_type: MediaType,
    shown: str,
) -> BlobLayer:
    """A layer of the content, which is read once, to its end, and hashed and compressed meanwhile.

    Args:
        content: the tar; it is not closed.
        compression: how the blob is compressed.
        level: how well; ``None`` for the fastest.
        media_type: of the layer.
        shown: what errors call the content.

    Raises:
        UnsupportedOptionError: there is no such level.
        FileAccessError: the folder for temporary files (``TMPDIR``) has no room, say.
        Error: what the content raises.
    """
    check_compression(compression, level)
    whole, blob = HashingStream(content), CountingHash()
    with WorkerPool(1) as pool:
        pieces = _pieces(whole, blob, compression, level, pool)
        file = UnnamedFile(pieces, shown, "write")
    facts = one_pass.Facts(blob.hash(), blob.size, whole.counted.hash())
    return BlobLayer(file, facts, compression, media_type)


def _pieces(
    content: io.RawIOBase,
    blob: CountingHash,
    compression: Compression,
    level: int | None,
    pool: WorkerPool,
) -> Iterator[bytes]:
    if compression != "none":
        compressor = _compressor(compression, _or_fastest(level))
        yield from one_pass.compress_pieces(content, compressor, pool, blob)
        return
    while piece := content.read(_READ_SIZE):
        blob.add(piece)
        yield piece


def _compressor(compression: Compression, level: int) -> Compressor:
    if compression == "zstd":
        from pyggcr._gostd import zstd

        return zstd.Compressor(level)
    from pyggcr._gostd import gzip

    return gzip.Compressor(_GZIP_PROFILE, level)


def _or_fastest(level: int | None) -> int:
    return 1 if level is None else level
