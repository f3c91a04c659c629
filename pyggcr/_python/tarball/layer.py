"""Layers made of a tar file, compressed or not: pkg/v1/tarball/layer.go."""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd.gzip_options import check_profile
from pyggcr._gostd.stream import BytesStream
from pyggcr._gostd.tar import Walk
from pyggcr._layers import known_layers, one_pass
from pyggcr._layers.closing import Closing
from pyggcr._layers.compression import peek_compression, unzip
from pyggcr._layers.hashing import CountingHash
from pyggcr._layers.source import SourceStream
from pyggcr._layers.uncompressed import ComparedStream, up_to
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr._os.logs import Log
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr._gostd.compressor import Compressor
    from pyggcr._layers.source import Source

__all__ = ["Encoding", "FileLayer"]

_log = Log(__name__)

# What Go takes without a warning.
_FITTING = {
    "gzip": (MediaType.OCI_LAYER, MediaType.OCI_RESTRICTED_LAYER, MediaType.DOCKER_LAYER),
    "zstd": (MediaType.OCI_LAYER_ZSTD,),
}


def _warn_of(media_type: MediaType, algorithm: str) -> None:
    _log.warning(
        "Unexpected mediaType (%s) for selected compression in %s in LayerFromOpener().",
        media_type,
        algorithm,
    )


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a plain file is compressed: ``gzip`` or ``zstd``, the level, and whose gzip bytes."""

    algorithm: str
    level: int
    gzip_profile: str

    def compressor(self) -> Compressor:
        """A compressor for one stream.

        Raises:
            UnsupportedOptionError: gzip has no such level, or there is no such profile.
        """
        if self.algorithm == "zstd":
            from pyggcr._gostd import zstd

            return zstd.Compressor(self.level)
        from pyggcr._gostd import gzip

        return gzip.Compressor(self.gzip_profile, self.level)

    def stream(self, content: io.RawIOBase) -> io.RawIOBase:
        """The content, compressed while it is read; closing it closes the content."""
        if self.algorithm == "zstd":
            from pyggcr._gostd import zstd

            return zstd.CompressedStream(content, self.level)
        from pyggcr._gostd import gzip

        return gzip.CompressedStream(content, self.gzip_profile, self.level)

    def key(self, choice: known_layers.Choice) -> known_layers.GzipKey | None:
        """What remembers the result from one process to the next; only that of gzip."""
        if self.algorithm != "gzip":
            return None
        return known_layers.key_of(choice, self.gzip_profile, self.level)


class FileLayer(Closing, v1.Layer):
    """A layer over a file; both hashes are computed when it is made (``LayerFromOpener``)."""

    _kind = "layer"

    def __init__(
        self, source: Source, encoding: Encoding, media_type: MediaType, *, keep: bool
    ) -> None:
        """Read the file.

        Args:
            source: the file.
            encoding: how to compress it, if it is not compressed.
            media_type: what the layer says it is.
            keep: whether to keep the compressed bytes in memory (``WithCompressedCaching``).
        """
        check_profile(encoding.gzip_profile)
        self._source = source
        self.anywhere = source.anywhere
        self._encoding = encoding
        self._media_type = media_type
        with SourceStream(source) as stream:
            self._compression = peek_compression(stream)[0]
        if media_type not in _FITTING[encoding.algorithm]:
            _warn_of(media_type, encoding.algorithm)
        self._layer_cache = known_layers.chosen()
        self._is_assumed = False
        self._kept = self._read_compressed() if keep else None
        facts = self._look_up() or self._read_once()
        self._digest, self._size, self._diff_id = facts.digest, facts.size, facts.diff_id

    def _read_compressed(self) -> bytes:
        with WorkerPool(1) as pool:
            return b"".join(self._made_pieces(pool))

    def _key(self) -> known_layers.GzipKey | None:
        return self._encoding.key(self._layer_cache) if self._compression == "none" else None

    def _look_up(self) -> one_pass.Facts | None:
        """Both hashes, if a layer cache has that of the compressed file."""
        key = self._key()
        if key is None or self._kept is not None:
            return None
        diff_id = self._hash_content()
        known = key.get(diff_id)
        if known is None:
            return None
        self._is_assumed = True
        return one_pass.Facts(*known, diff_id)

    def _hash_content(self) -> v1.Hash:
        with SourceStream(self._source) as stream:
            return v1.sha256(stream)[0]

    def _learn(self, digest: v1.Hash, size: int) -> None:
        """Compare what compressing has given with what a layer cache had.

        Raises:
            LayerCacheError: it is something else.
        """
        if not self._is_assumed:
            return
        assumed, found = (self._digest, self._size), (digest, size)
        if assumed == found:
            self._is_assumed = False
        elif self._hash_content() == self._diff_id:  # else the file has changed meanwhile
            self._is_assumed = False
            self._digest, self._size = found
            key = self._key()
            if key is not None:
                key.refute(self._diff_id, assumed, found)

    def _read_once(self) -> one_pass.Facts:
        """Both hashes, in one pass or as Go reads it."""
        try:
            with WorkerPool(1) as pool:
                facts = self._read(pool)
            key = self._key()
            if key is not None:
                key.settle(facts.diff_id, facts.digest, facts.size)
            return facts
        except one_pass.NOT_PLAINLY_GOOD:
            with self._open_compressed() as stream:
                digest, size = v1.sha256(stream)
            with self._open_uncompressed() as stream:
                return one_pass.Facts(digest, size, v1.sha256(stream)[0])

    def read_all(self, pool: WorkerPool) -> one_pass.Facts:
        """Everything about the layer in one pass, the tar inside checked; as ``one_pass``."""
        self._use()
        facts = self._read(pool, Walk())
        self._learn(facts.digest, facts.size)
        return facts

    def _read(self, pool: WorkerPool, walk: Walk | None = None) -> one_pass.Facts:
        if self._compression == "zstd":
            raise one_pass.GaveUpError
        with SourceStream(self._source) as stream:
            if self._compression == "gzip":
                return one_pass.read_blob(stream, pool, walk)
            return one_pass.read_content(stream, self._encoding.compressor(), pool, walk)

    def compressed_pieces(self, pool: WorkerPool) -> Iterator[bytes]:
        """What ``compressed`` gives, made by a pool while it is taken."""
        self._use()
        if self._kept is not None:
            yield self._kept
        else:
            yield from self._made_pieces(pool)

    def _made_pieces(self, pool: WorkerPool) -> Iterator[bytes]:
        with SourceStream(self._source) as stream:
            if self._compression == "none":
                compressor, blob = self._encoding.compressor(), CountingHash()
                pieces = one_pass.compress_pieces(stream, compressor, pool, blob)
                yield from up_to(self._size if self._is_assumed else None, blob, pieces)
                self._learn(blob.hash(), blob.size)
            else:
                yield from one_pass.pieces_of(stream)

    def _open_compressed(self) -> io.RawIOBase:
        if self._kept is not None:
            return BytesStream(self._kept)
        stream = SourceStream(self._source)
        if self._compression != "none":
            return stream
        try:
            made = self._encoding.stream(stream)
            return ComparedStream(made, self._size, self._learn) if self._is_assumed else made
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

    def _compute(self) -> None:
        """Compress after all, where what a layer cache had is not to be used."""
        if self._is_assumed and known_layers.is_ignored():
            facts = self._read_once()
            self._digest, self._size, self._is_assumed = facts.digest, facts.size, False

    def digest(self) -> v1.Hash:
        """Hash of the compressed file."""
        self._use()
        self._compute()
        return self._digest

    def diff_id(self) -> v1.Hash:
        """Hash of the uncompressed file."""
        self._use()
        return self._diff_id

    def compressed(self) -> io.RawIOBase:
        """The file, compressed as Go does if it is not compressed yet."""
        self._use()
        return self._open_compressed()

    def uncompressed(self) -> io.RawIOBase:
        """The file, uncompressed if it is compressed."""
        self._use()
        return self._open_uncompressed()

    def size(self) -> int:
        """Size of the compressed file in bytes."""
        self._use()
        self._compute()
        return self._size

    def media_type(self) -> MediaType:
        """The media type that was given, whatever the compression (as in Go)."""
        self._use()
        return self._media_type

    def descriptor(self) -> v1.Descriptor:
        """The layer's own descriptor (``layer.Descriptor``)."""
        self._use()
        self._compute()
        return v1.Descriptor(
            media_type=self._media_type,
            size=self._size,
            digest=self._digest,
            annotations={},
        )
