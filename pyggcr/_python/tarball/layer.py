"""Layers made of a tar file, compressed or not: pkg/v1/tarball/layer.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr._gostd import gzip
from pyggcr._gostd.tar import Walk
from pyggcr._layers import one_pass
from pyggcr._layers.closing import Closing
from pyggcr._layers.compression import peek_compression, unzip
from pyggcr._layers.source import SourceStream
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.types import MediaType

if TYPE_CHECKING:
    import io

    from pyggcr._layers.source import Source

__all__ = ["FileLayer"]


class FileLayer(Closing, v1.Layer):
    """A layer over a file; both hashes are computed when it is made (``LayerFromOpener``)."""

    _kind = "layer"

    def __init__(self, source: Source, gzip_profile: str, compression_level: int) -> None:
        self._source = source
        self.anywhere = source.anywhere
        self._gzip_profile = gzip_profile
        self._compression_level = compression_level
        with SourceStream(source) as stream:
            self._compression = peek_compression(stream)[0]
        facts = self._read_once()
        self._digest, self._size, self._diff_id = facts.digest, facts.size, facts.diff_id

    def _read_once(self) -> one_pass.Facts:
        """Both hashes, in one pass or as Go reads it."""
        try:
            with WorkerPool(1) as pool:
                return self._read(pool)
        except one_pass.NOT_PLAINLY_GOOD:
            with self._open_compressed() as stream:
                digest, size = v1.sha256(stream)
            with self._open_uncompressed() as stream:
                return one_pass.Facts(digest, size, v1.sha256(stream)[0])

    def read_all(self, pool: WorkerPool) -> one_pass.Facts:
        """Everything about the layer in one pass, the tar inside checked; as ``one_pass``."""
        self._use()
        return self._read(pool, Walk())

    def _read(self, pool: WorkerPool, walk: Walk | None = None) -> one_pass.Facts:
        if self._compression == "zstd":
            raise one_pass.GaveUpError
        with SourceStream(self._source) as stream:
            if self._compression == "gzip":
                return one_pass.read_blob(stream, pool, walk)
            compressor = gzip.Compressor(self._gzip_profile, self._compression_level)
            return one_pass.read_content(stream, compressor, pool, walk)

    def _open_compressed(self) -> io.RawIOBase:
        stream = SourceStream(self._source)
        if self._compression != "none":
            return stream
        try:
            return gzip.CompressedStream(stream, self._gzip_profile, self._compression_level)
        except BaseException:
            stream.close()
            raise

    def _open_uncompressed(self) -> io.RawIOBase:
        stream = SourceStream(self._source)
        try:
            return unzip(self._compression, stream, lambda: SourceStream(self._source))
        except BaseException:
            stream.close()
            raise

    def digest(self) -> v1.Hash:
        """Hash of the compressed file."""
        self._use()
        return self._digest

    def diff_id(self) -> v1.Hash:
        """Hash of the uncompressed file."""
        self._use()
        return self._diff_id

    def compressed(self) -> io.RawIOBase:
        """The file, gzipped as Go does if it is not compressed yet."""
        self._use()
        return self._open_compressed()

    def uncompressed(self) -> io.RawIOBase:
        """The file, uncompressed if it is compressed."""
        self._use()
        return self._open_uncompressed()

    def size(self) -> int:
        """Size of the compressed file in bytes."""
        self._use()
        return self._size

    def media_type(self) -> MediaType:
        """Docker's layer type, whatever the compression (as in Go)."""
        self._use()
        return MediaType.DOCKER_LAYER

    def descriptor(self) -> v1.Descriptor:
        """The layer's own descriptor (``layer.Descriptor``)."""
        self._use()
        return v1.Descriptor(
            media_type=MediaType.DOCKER_LAYER,
            size=self._size,
            digest=self._digest,
            annotations={},
        )
