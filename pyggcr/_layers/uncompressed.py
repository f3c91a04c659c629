"""Images and layers completed from their uncompressed form: pkg/v1/partial/uncompressed.go.

Compression is the expensive part, so the digest and size of a layer's gzip are remembered for the
whole image; Go forgets them with each ``Layers()``. A layer cache remembers them for longer
(``known_layers``): what it has of a content that was hashed here is assumed, until that content is
compressed after all.
"""

from __future__ import annotations

import functools
import io
import threading

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._gostd.gzip_options import BEST_SPEED
from pyggcr._gostd.stream import PieceStream
from pyggcr._layers import derived, known_layers, one_pass
from pyggcr._layers.closing import Closing
from pyggcr._layers.completed import CompletedImage
from pyggcr._layers.core import anywhere
from pyggcr._layers.hashing import CountingHash
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyggcr._gostd import gzip
    from pyggcr._layers.completed import ClaimedDiffIDs
    from pyggcr._layers.core import UncompressedImageCore, UncompressedLayerCore

__all__ = ["ComparedStream", "GzipMemo", "UncompressedImage", "UncompressedLayer", "up_to"]

_SCHEMA_VERSION = 2
_CHUNK_SIZE = 1 << 18


class GzipMemo:
    """The digest and size of a layer's gzip, once they are known.

    Attributes:
        row: the content for which a layer cache has named them, as long as they are only assumed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[v1.Hash, int] | None = None
        self.row: v1.Hash | None = None

    def get(self, compute: Callable[[], tuple[v1.Hash, int]]) -> tuple[v1.Hash, int]:
        """What is remembered, or computed now; threads that ask at once wait for one pass."""
        with self._lock:
            if self._known is None or (self.row is not None and known_layers.is_ignored()):
                self.row = None
                self._known = compute()
            return self._known

    def assume(self, look_up: Callable[[], tuple[v1.Hash, int] | None]) -> None:
        """Take what a layer cache has, if nobody knows it yet."""
        with self._lock:
            if self._known is None:
                self._known = look_up()

    @property
    def most(self) -> int | None:
        """The size, as long as it is only assumed."""
        known = self._known
        return None if known is None or self.row is None else known[1]

    @property
    def known(self) -> bool:
        """Whether it can be told at once."""
        return self._known is not None

    def remember(self, digest: v1.Hash, size: int) -> tuple[v1.Hash, int] | None:
        """Take what another whole pass over the layer's gzip has found.

        Returns:
            What was assumed, where that is something else; it is still told then.
        """
        with self._lock:
            if self._known is None:
                self._known = digest, size
            if self.row is not None and self._known != (digest, size):
                return self._known
            self.row = None
            return None

    def replace(self, digest: v1.Hash, size: int) -> None:
        """Take what was computed instead of what was assumed."""
        with self._lock:
            self._known = digest, size
            self.row = None


class UncompressedLayer(Closing, v1.Layer):
    """A layer known by its content (``partial.UncompressedToLayer``)."""

    _kind = "layer"

    def __init__(
        self,
        core: UncompressedLayerCore,
        gzip_profile: str,
        memo: GzipMemo | None = None,
        layer_cache: known_layers.Choice = None,
    ) -> None:
        self.core = core
        self.anywhere = anywhere(core)
        self.memo = memo if memo is not None else GzipMemo()
        self._gzip_profile = gzip_profile
        self._layer_cache = layer_cache

    def digest(self) -> v1.Hash:
        """Hash of the content as Go would gzip it."""
        self._use()
        return self._gzip()[0]

    def _gzip(self) -> tuple[v1.Hash, int]:
        """Digest and size of the gzip."""
        return self.memo.get(self._compress_alone)

    def compress(self, pool: WorkerPool) -> tuple[v1.Hash, int]:
        """Digest and size of the gzip, computed by a pool if nobody knows them yet."""
        return self.memo.get(functools.partial(self._compress, pool))

    def _compress_alone(self) -> tuple[v1.Hash, int]:
        with WorkerPool(1) as pool:
            return self._compress(pool)

    def _compress(self, pool: WorkerPool) -> tuple[v1.Hash, int]:
        key = self._key()
        if key is None:
            with self.core.uncompressed() as content:
                return one_pass.compress(content, self._compressor(), pool)
        known = self._look_up(key)
        if known is not None:
            return known
        with self.core.uncompressed() as content:
            facts = one_pass.read_content(content, self._compressor(), pool)
        key.settle(facts.diff_id, facts.digest, facts.size)
        return facts.digest, facts.size

    def _key(self) -> known_layers.GzipKey | None:
        """What remembers the gzip from one process to the next."""
        return known_layers.key_of(self._layer_cache, self._gzip_profile, BEST_SPEED)

    def _look_up(self, key: known_layers.GzipKey) -> tuple[v1.Hash, int] | None:
        """What a layer cache has; the content is hashed, as its claimed DiffID may be wrong."""
        if key.get(self.core.diff_id()) is None:
            return None
        diff_id = self._hash_content()
        known = key.get(diff_id)
        self.memo.row = None if known is None else diff_id
        return known

    def _hash_content(self) -> v1.Hash:
        with self.core.uncompressed() as content:
            return v1.sha256(content)[0]

    def is_compressed(self) -> bool:
        """Whether digest and size of the gzip are known, from an earlier pass."""
        return self.memo.known

    def look_up(self) -> bool:
        """Whether they are known, or a layer cache knows them, which reads the content."""
        key = self._key()
        if key is not None:
            self.memo.assume(functools.partial(self._look_up, key))
        return self.memo.known

    def _learn(self, digest: v1.Hash, size: int, diff_id: v1.Hash | None = None) -> None:
        """Take what a whole pass has found, and compare it with what was assumed.

        Raises:
            LayerCacheError: a layer cache had something else of this content.
        """
        key, row = self._key(), self.memo.row
        assumed = self.memo.remember(digest, size)
        if assumed is None:
            if key is not None and diff_id is not None:
                key.settle(diff_id, digest, size)
        elif row == (diff_id or self._hash_content()):  # else the layer changed meanwhile
            self.memo.replace(digest, size)
            if key is not None and row is not None:
                key.refute(row, assumed, (digest, size))

    def compressed_pieces(self, pool: WorkerPool) -> Iterator[bytes]:
        """The gzip, made while it is taken; when it was taken to its end, its digest is known."""
        self._use()
        blob = CountingHash()
        whole = None if self._key() is None else CountingHash()
        with self.core.uncompressed() as content:
            pieces = one_pass.compress_pieces(content, self._compressor(), pool, blob, whole)
            yield from up_to(self.memo.most, blob, pieces)
        self._learn(blob.hash(), blob.size, None if whole is None else whole.hash())

    def _compressor(self) -> gzip.Compressor:
        from pyggcr._gostd import gzip  # many only ask whether a layer needs it

        return gzip.Compressor(self._gzip_profile)

    def read_all(self, pool: WorkerPool) -> one_pass.Facts:
        """Everything about the layer in one pass, the tar inside checked; as ``read_content``."""
        from pyggcr._gostd.tar import Walk  # takes a while, and few calls look into layers

        self._use()
        with self.core.uncompressed() as content:
            facts = one_pass.read_content(content, self._compressor(), pool, Walk())
        self._learn(facts.digest, facts.size, facts.diff_id)
        return facts

    def diff_id(self) -> v1.Hash:
        """Hash of the content, as the config claims it."""
        self._use()
        return self.core.diff_id()

    def compressed(self) -> io.RawIOBase:
        """The content as Go would gzip it, compressed while it is read."""
        self._use()
        from pyggcr._gostd import gzip

        stream = gzip.CompressedStream(self.core.uncompressed(), self._gzip_profile)
        most = self.memo.most
        return stream if most is None else ComparedStream(stream, most, self._learn)

    def uncompressed(self) -> io.RawIOBase:
        """The content."""
        self._use()
        return self.core.uncompressed()

    def size(self) -> int:
        """Size in bytes of the content as Go would gzip it."""
        self._use()
        return self._gzip()[1]

    def media_type(self) -> MediaType:
        """Media type of the layer when compressed."""
        self._use()
        return self.core.media_type()


def up_to(most: int | None, blob: CountingHash, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, but none from where they are more than they should be; all are made."""
    for piece in pieces:
        if most is None or blob.size <= most:
            yield piece


class ComparedStream(PieceStream):
    """A compressed stream of which is told, once it was read to its end, what it was."""

    def __init__(
        self, stream: io.RawIOBase, most: int, learn: Callable[[v1.Hash, int], None]
    ) -> None:
        """Take a stream that should not be longer than so many bytes."""
        super().__init__()
        self._stream = stream
        self._most = most
        self._learn = learn
        self._blob: CountingHash | None = CountingHash()

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size) or b""
        if self._blob is not None:
            blob = self._blob
            blob.add(data)
            while data and blob.size > self._most:  # whoever reads it would complain of that
                data = self._stream.read(_CHUNK_SIZE) or b""
                blob.add(data)
            if not data and size:
                self._blob = None
                self._learn(blob.hash(), blob.size)
        return data

    def close(self) -> None:
        """Close the compressed stream. Idempotent."""
        if not self.closed:
            self._stream.close()
        super().close()


class UncompressedImage(CompletedImage):
    """An image known by its config and contents (``partial.UncompressedToImage``).

    The first call that takes its digest, size or manifest compresses every layer.
    """

    def __init__(
        self,
        core: UncompressedImageCore,
        gzip_profile: str,
        claimed: ClaimedDiffIDs | None = None,
    ) -> None:
        super().__init__(claimed)
        self.core = core
        self._gzip_profile = gzip_profile
        self._layer_cache = known_layers.chosen()
        self._lock = threading.Lock()
        self._manifest: v1.Manifest | None = None
        self._memos: dict[v1.Hash, GzipMemo] = {}
        self._table: derived.LayerTable | None = None

    def layers(self) -> list[v1.Layer]:
        """The layers in the config's order."""
        return [self.layer_by_diff_id(diff_id) for diff_id in derived.diff_ids(self)]

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        self._use()
        return self.core.media_type()

    def raw_config_file(self) -> bytes:
        """The bytes of the config file."""
        self._use()
        return self.core.raw_config_file()

    def manifest(self) -> v1.Manifest:
        """The manifest, made from the config and the layers; kept once it is there."""
        self._use()
        with self._lock:
            if self._manifest is None:
                self._manifest = self._make_manifest()
            return self._manifest

    def _make_manifest(self) -> v1.Manifest:
        raw = self.raw_config_file()
        digest, size = v1.sha256(io.BytesIO(raw))
        layers = self.layers()
        self._compress(layers)
        return v1.Manifest(
            schema_version=_SCHEMA_VERSION,
            media_type=MediaType.DOCKER_MANIFEST_SCHEMA2,
            config=v1.Descriptor(media_type=MediaType.DOCKER_CONFIG_JSON, size=size, digest=digest),
            layers=[derived.descriptor(layer) for layer in layers],
        )

    def _compress(self, layers: list[v1.Layer]) -> None:
        """Compress the layers beside each other, once for each content that has no descriptor."""
        wanted = {
            layer.diff_id(): layer
            for layer in layers
            if isinstance(layer, UncompressedLayer)
            and derived.own_method(layer, "descriptor") is None
        }
        anywhere = all(layer.anywhere for layer in wanted.values())
        with WorkerPool(len(wanted)) as pool:
            tasks = [functools.partial(layer.compress, pool) for layer in wanted.values()]
            for _ in pool.in_order(tasks, anywhere=anywhere):
                continue

    def raw_manifest(self) -> bytes:
        """The manifest as Go writes it."""
        return json.marshal(self.manifest())

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The layer whose gzip has this digest."""
        self._use()
        if self._table is None:
            self._table = derived.LayerTable(self)
        return self.layer_by_diff_id(self._table.blob_to_diff_id(v1.to_hash(digest)))

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose content has this DiffID."""
        self._use()
        wanted = v1.to_hash(diff_id)
        core = self.core.layer_by_diff_id(wanted)
        memo = self._memos.setdefault(wanted, GzipMemo())
        return UncompressedLayer(core, self._gzip_profile, memo, self._layer_cache)
