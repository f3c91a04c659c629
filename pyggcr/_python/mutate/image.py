"""An image that is a base with changes: pkg/v1/mutate, image.go."""

from __future__ import annotations

import copy
import io
import threading

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._layers import derived
from pyggcr._python import partial
from pyggcr.errors import Error, StreamNotComputedError
from pyggcr.types import MediaType
from pyggcr.v1.hash import to_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyggcr._values.mutate import Addendum

__all__ = ["MutatedImage"]

# Config files with DiffIDs and a history; those of other types are artifacts' and stay as they are.
_IMAGE_CONFIGS = (MediaType.DOCKER_CONFIG_JSON, MediaType.OCI_CONFIG_JSON)


class MutatedImage(v1.Image):
    """An image that is a base with changes (``mutate.image``).

    It computes its config file and manifest at the first question that needs them, once. Both are
    written anew from the models, so fields that the models do not know are lost, as in Go.
    """

    def __init__(
        self,
        base: v1.Image,
        *,
        adds: Sequence[Addendum] = (),
        manifest: v1.Manifest | None = None,
        config_file: v1.ConfigFile | None = None,
        annotations: Mapping[str, str] | None = None,
        media_type: MediaType | None = None,
        config_media_type: MediaType | None = None,
        subject: v1.Descriptor | None = None,
    ) -> None:
        """Change a base; all arguments are the image's own from now on."""
        self._base = base
        self._adds = adds
        self._added = [add.layer for add in adds if add.layer is not None]
        self._manifest = manifest
        self._config_file = config_file
        self._annotations = annotations
        self._media_type = media_type
        self._config_media_type = config_media_type
        self._subject = subject
        self._by_digest: dict[v1.Hash, v1.Layer] = {}
        self._by_diff_id: dict[v1.Hash, v1.Layer] = {}
        self._computed = False
        self._lock = threading.Lock()

    def _compute(self) -> tuple[v1.Manifest, v1.ConfigFile]:
        """The manifest and the config file; computed by the first call that succeeds."""
        with self._lock:
            if not self._computed:
                self._make()
            assert self._manifest is not None
            assert self._config_file is not None
            return self._manifest, self._config_file

    def _make(self) -> None:
        # In Go's order, which decides whose error is seen.
        manifest = copy.deepcopy(self._base.manifest())
        config_type = self._config_media_type
        is_image = (config_type or manifest.config.media_type) in _IMAGE_CONFIGS
        config = self._config_file
        if config is None:
            config = copy.deepcopy(self._base.config_file())
        by_diff_id = self._add_contents(config) if is_image else {}
        by_digest = self._add_blobs(manifest)
        if is_image:
            _set_config(manifest, json.marshal(config))
        if config_type is not None:
            manifest.config.media_type = config_type
        if self._media_type is not None:
            manifest.media_type = self._media_type
        if self._annotations:
            manifest.annotations = {**(manifest.annotations or {}), **self._annotations}
        manifest.subject = self._subject
        manifest.raw = config.raw = None  # the documents that they were parsed from say less
        self._manifest, self._config_file = manifest, config
        self._by_diff_id, self._by_digest = by_diff_id, by_digest
        self._computed = True

    def _add_contents(self, config: v1.ConfigFile) -> dict[v1.Hash, v1.Layer]:
        """Add DiffIDs and history to the config file; the added layers by their DiffIDs."""
        found = {}
        diff_ids = []
        for layer in self._added:
            diff_id = layer.diff_id()
            diff_ids.append(diff_id)
            found[diff_id] = layer
        if self._adds:
            config.history = [*(config.history or ()), *(add.history for add in self._adds)]
        if diff_ids:
            config.rootfs.diff_ids = [*(config.rootfs.diff_ids or ()), *diff_ids]
        return found

    def _add_blobs(self, manifest: v1.Manifest) -> dict[v1.Hash, v1.Layer]:
        """Add descriptors to the manifest; the added layers by their digests."""
        found = {}
        added = []
        for add in self._adds:
            if add.layer is None:
                continue
            described = derived.descriptor(add.layer)
            # What the layer handed out is changed, as in Go.
            if add.annotations:
                described.annotations = dict(add.annotations)
            if add.urls:
                described.urls = list(add.urls)
            if add.media_type:
                described.media_type = MediaType(add.media_type)
            found[described.digest] = add.layer
            added.append(copy.copy(described))
        if added:
            manifest.layers = [*(manifest.layers or ()), *added]
        return found

    def media_type(self) -> MediaType:
        """Media type of the manifest (``Image.MediaType``)."""
        return self._base.media_type() if self._media_type is None else self._media_type

    def layers(self) -> list[v1.Layer]:
        """The layers, base layer first (``Image.Layers``).

        By the digests of the manifest: two layers with one DiffID may be compressed differently.
        Where a stream was not read yet there are no digests, and an artifact's config lists none.
        """
        try:
            manifest, _ = self._compute()
        except Error as error:
            if not (isinstance(error, StreamNotComputedError) or self._is_artifact()):
                raise
            return [*self._base.layers(), *self._added]
        if self._is_artifact():
            return [*self._base.layers(), *self._added]
        return [self.layer_by_digest(layer.digest) for layer in manifest.layers or ()]

    def _is_artifact(self) -> bool:
        found = self._manifest
        return found is not None and found.config.media_type not in _IMAGE_CONFIGS

    def size(self) -> int:
        """Size of the manifest in bytes (``Image.Size``)."""
        return len(self.raw_manifest())

    def config_name(self) -> v1.Hash:
        """Hash of the config file (``Image.ConfigName``)."""
        return derived.config_name(self)

    def config_file(self) -> v1.ConfigFile:
        """A copy of the config file (``Image.ConfigFile``)."""
        return copy.deepcopy(self._compute()[1])

    def raw_config_file(self) -> bytes:
        """The bytes of the config file (``Image.RawConfigFile``)."""
        _, config = self._compute()
        return self._base.raw_config_file() if self._is_artifact() else json.marshal(config)

    def digest(self) -> v1.Hash:
        """SHA-256 of the manifest (``Image.Digest``)."""
        return derived.digest(self)

    def manifest(self) -> v1.Manifest:
        """A copy of the manifest (``Image.Manifest``)."""
        return copy.deepcopy(self._compute()[0])

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest (``Image.RawManifest``)."""
        return json.marshal(self._compute()[0])

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The layer, or the config file as a layer, with this digest (``Image.LayerByDigest``)."""
        wanted = to_hash(digest)
        if wanted == self.config_name():
            return partial.config_layer(self)
        added = self._by_digest.get(wanted)
        return self._base.layer_by_digest(wanted) if added is None else added

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer with this DiffID (``Image.LayerByDiffID``).

        Added layers are known only after another question, as in Go (docs/upstream-findings.md).
        """
        wanted = to_hash(diff_id)
        added = self._by_diff_id.get(wanted)
        return self._base.layer_by_diff_id(wanted) if added is None else added


def _set_config(manifest: v1.Manifest, raw: bytes) -> None:
    """Describe the config file in the manifest; its data only where the base has them."""
    described = manifest.config
    described.digest, described.size = v1.sha256(io.BytesIO(raw))
    if described.data is not None:
        described.data = raw
