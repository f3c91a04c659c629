"""Images and layers completed from their uncompressed form: pkg/v1/partial/uncompressed.go.

Compression is the expensive part, so the digest and size of a layer's gzip are remembered for the
whole image; Go forgets them with each ``Layers()``.
"""

from __future__ import annotations

import functools
import io
import threading
from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr._gostd import gzip, json
from pyggcr._gostd.tar import Walk
from pyggcr._layers import derived, one_pass
from pyggcr._layers.closing import Closing
from pyggcr._layers.completed import CompletedImage
from pyggcr._layers.core import anywhere
from pyggcr._layers.hashing import CountingHash
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.types import MediaType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyggcr._layers.completed import ClaimedDiffIDs
    from pyggcr._layers.core import UncompressedImageCore, UncompressedLayerCore

__all__ = ["GzipMemo", "UncompressedImage", "UncompressedLayer"]

_SCHEMA_VERSION = 2


class GzipMemo:
    """The digest and size of a layer's gzip, once they are known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[v1.Hash, int] | None = None

    def get(self, compute: Callable[[], tuple[v1.Hash, int]]) -> tuple[v1.Hash, int]:
        """What is remembered, or computed now; threads that ask at once wait for one pass."""
        with self._lock:
            if self._known is None:
                self._known = compute()
            return self._known

    @property
    def known(self) -> bool:
        """Whether it can be told at once."""
        return self._known is not None

    def remember(self, digest: v1.Hash, size: int) -> None:
        """Take what another whole pass over the layer's gzip has found."""
        with self._lock:
            if self._known is None:
                self._known = digest, size


class UncompressedLayer(Closing, v1.Layer):
    """A layer known by its content (``partial.UncompressedToLayer``)."""

    _kind = "layer"

    def __init__(
        self, core: UncompressedLayerCore, gzip_profile: str, memo: GzipMemo | None = None
    ) -> None:
        self.core = core
        self.anywhere = anywhere(core)
        self.memo = memo if memo is not None else GzipMemo()
        self._gzip_profile = gzip_profile

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
        with self.core.uncompressed() as content:
            return one_pass.compress(content, self._compressor(), pool)

    def is_compressed(self) -> bool:
        """Whether digest and size of the gzip are known, from an earlier pass."""
        return self.memo.known

    def compressed_pieces(self, pool: WorkerPool) -> Iterator[bytes]:
        """The gzip, made while it is taken; when it was taken to its end, its digest is known."""
        self._use()
        blob = CountingHash()
        with self.core.uncompressed() as content:
            yield from one_pass.compress_pieces(content, self._compressor(), pool, blob)
        self.memo.remember(blob.hash(), blob.size)

    def _compressor(self) -> gzip.Compressor:
        return gzip.Compressor(self._gzip_profile)

    def read_all(self, pool: WorkerPool) -> one_pass.Facts:
        """Everything about the layer in one pass, the tar inside checked; as ``read_content``."""
        self._use()
        with self.core.uncompressed() as content:
            facts = one_pass.read_content(content, self._compressor(), pool, Walk())
        self.memo.remember(facts.digest, facts.size)
        return facts

    def diff_id(self) -> v1.Hash:
        """Hash of the content, as the config claims it."""
        self._use()
        return self.core.diff_id()

    def compressed(self) -> io.RawIOBase:
        """The content as Go would gzip it, compressed while it is read."""
        self._use()
        return gzip.CompressedStream(self.core.uncompressed(), self._gzip_profile)

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
        return UncompressedLayer(core, self._gzip_profile, memo)
