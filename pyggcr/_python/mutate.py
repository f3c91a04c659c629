"""Images made of other images: pkg/v1/mutate, image.go and mutate.go.

A mutated image computes its config file and manifest at the first question that needs them, once.
Both are written anew from the models, so fields that the models do not know are lost, as in Go.
"""

from __future__ import annotations

import copy
import io
import threading
from collections.abc import Sequence

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._layers import derived
from pyggcr._python import partial
from pyggcr.types import MediaType
from pyggcr.v1.hash import to_hash

__all__ = ["append_layers", "config", "config_file", "media_type"]

# Config files with DiffIDs and a history; those of other types are artifacts' and stay as they are.
_IMAGE_CONFIGS = (MediaType.DOCKER_CONFIG_JSON, MediaType.OCI_CONFIG_JSON)


def append_layers(*, base: v1.Image, layers: Sequence[v1.Layer]) -> v1.Image:
    """Add layers on top of an image (``mutate.AppendLayers``)."""
    if not layers:
        return base
    return MutatedImage(base, layers=tuple(layers))


def config(*, base: v1.Image, config: v1.Config) -> v1.Image:
    """Replace how an image is run (``mutate.Config``)."""
    changed = copy.deepcopy(base.config_file())
    changed.config = config
    return config_file(base=base, config_file=changed)


def config_file(*, base: v1.Image, config_file: v1.ConfigFile) -> v1.Image:
    """Replace the config file (``mutate.ConfigFile``).

    Go keeps the caller's config file and changes with it; both engines of ours take a copy.
    """
    return MutatedImage(base, manifest=base.manifest(), config_file=copy.deepcopy(config_file))


def media_type(*, image: v1.Image, media_type: MediaType) -> v1.Image:
    """Change the manifest's media type (``mutate.MediaType``)."""
    return MutatedImage(image, media_type=media_type)


class MutatedImage(v1.Image):
    """An image that is a base with changes (``mutate.image``)."""

    def __init__(
        self,
        base: v1.Image,
        *,
        layers: tuple[v1.Layer, ...] = (),
        manifest: v1.Manifest | None = None,
        config_file: v1.ConfigFile | None = None,
        media_type: MediaType | None = None,
    ) -> None:
        self._base = base
        self._added = layers
        self._manifest = manifest
        self._config_file = config_file
        self._media_type = media_type
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
        config = self._config_file
        if config is None:
            config = copy.deepcopy(self._base.config_file())
        of_image = manifest.config.media_type in _IMAGE_CONFIGS
        by_diff_id = {}
        if of_image and self._added:
            diff_ids = [layer.diff_id() for layer in self._added]
            by_diff_id = dict(zip(diff_ids, self._added, strict=True))
            config.rootfs.diff_ids = [*(config.rootfs.diff_ids or ()), *diff_ids]
            config.history = [*(config.history or ()), *(v1.History() for _ in self._added)]
        by_digest = {}
        for layer in self._added:
            described = derived.descriptor(layer)
            by_digest[described.digest] = layer
            manifest.layers = [*(manifest.layers or ()), described]
        if of_image:
            _set_config(manifest, json.marshal(config))
        if self._media_type is not None:
            manifest.media_type = self._media_type
        manifest.subject = None
        manifest.raw = config.raw = None  # the documents that they were parsed from say less
        self._manifest, self._config_file = manifest, config
        self._by_diff_id, self._by_digest = by_diff_id, by_digest
        self._computed = True

    def media_type(self) -> MediaType:
        """Media type of the manifest (``Image.MediaType``)."""
        return self._base.media_type() if self._media_type is None else self._media_type

    def layers(self) -> list[v1.Layer]:
        """The layers, base layer first (``Image.Layers``).

        By the digests of the manifest: two layers with one DiffID may be compressed differently.
        """
        manifest, _ = self._compute()
        if manifest.config.media_type not in _IMAGE_CONFIGS:
            return [*self._base.layers(), *self._added]
        return [self.layer_by_digest(layer.digest) for layer in manifest.layers or ()]

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
        manifest, config = self._compute()
        if manifest.config.media_type not in _IMAGE_CONFIGS:
            return self._base.raw_config_file()
        return json.marshal(config)

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
