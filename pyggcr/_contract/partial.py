"""pkg/v1/partial: answers derived from an image's other answers."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
    from pyggcr._layers.derived import Describable
    from pyggcr.v1.parts import Parts
else:
    from pyggcr._typing import Protocol

__all__ = ["PartialEngine"]


class PartialEngine(Protocol):
    """What an engine derives from images, layers and indexes of any origin, or from ``Parts``."""

    def config_file(self, *, image: v1.Image | Parts) -> v1.ConfigFile:
        """Parse the config file from its bytes (``partial.ConfigFile``)."""

    def config_name(self, *, image: v1.Image | Parts) -> v1.Hash:
        """Hash the config file's bytes (``partial.ConfigName``)."""

    def config_layer(self, *, image: v1.Image | Parts) -> v1.Layer:
        """Make a layer of the config file (``partial.ConfigLayer``)."""

    def diff_ids(self, *, image: v1.Image | Parts) -> list[v1.Hash]:
        """Return the DiffIDs that the config lists (``partial.DiffIDs``)."""

    def raw_config_file(self, *, image: v1.Image | Parts) -> bytes:
        """Marshal the config file as Go does (``partial.RawConfigFile``)."""

    def digest(self, *, image: v1.Image | Parts) -> v1.Hash:
        """Hash the manifest's bytes (``partial.Digest``)."""

    def manifest(self, *, image: v1.Image | Parts) -> v1.Manifest:
        """Parse the manifest from its bytes (``partial.Manifest``)."""

    def raw_manifest(self, *, image: v1.Image | Parts) -> bytes:
        """Marshal the manifest as Go does (``partial.RawManifest``)."""

    def size(self, *, image: v1.Image | Parts) -> int:
        """Return the size of the manifest in bytes (``partial.Size``)."""

    def fs_layers(self, *, image: v1.Image | Parts) -> list[v1.Hash]:
        """Return the digests of the layers that the manifest lists (``partial.FSLayers``)."""

    def blob_size(self, *, image: v1.Image | Parts, blob: v1.Hash) -> int:
        """Return the size of a config or layer in bytes (``partial.BlobSize``)."""

    def blob_descriptor(self, *, image: v1.Image | Parts, blob: v1.Hash) -> v1.Descriptor:
        """Return the descriptor of a config or layer (``partial.BlobDescriptor``)."""

    def blob_to_diff_id(self, *, image: v1.Image | Parts, blob: v1.Hash) -> v1.Hash:
        """Return the DiffID of the layer with this digest (``partial.BlobToDiffID``)."""

    def diff_id_to_blob(self, *, image: v1.Image | Parts, diff_id: v1.Hash) -> v1.Hash:
        """Return the digest of the layer with this DiffID (``partial.DiffIDToBlob``)."""

    def artifact_type(self, *, image: v1.Image | Parts) -> str:
        """Return the artifact type; by default the config's type (``partial.ArtifactType``)."""

    def descriptor(self, *, described: Describable) -> v1.Descriptor:
        """Describe the object as a manifest would (``partial.Descriptor``)."""

    def manifests(self, *, index: v1.ImageIndex) -> list[Describable]:
        """Return what an index lists, as objects (``partial.Manifests``)."""

    def compute_manifests(self, *, index: v1.ImageIndex) -> list[Describable]:
        """Return likewise, but only what its manifest lists (``partial.ComputeManifests``)."""

    def uncompressed_size(self, *, layer: v1.Layer) -> int:
        """Return the size of the content in bytes; reads it all (``partial.UncompressedSize``)."""

    def exists(self, *, layer: v1.Layer) -> bool:
        """Tell whether the layer's blob can be opened (``partial.Exists``)."""

    def find_manifests(
        self, *, index: v1.ImageIndex | Parts, matcher: Callable[[v1.Descriptor], bool]
    ) -> list[v1.Descriptor]:
        """Return the entries of an index that the matcher accepts (``partial.FindManifests``)."""
