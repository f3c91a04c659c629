"""Questions answered from an image's other answers, and images completed (pkg/v1/partial).

Each question takes an image (or a layer, where Go takes one), or made-up documents: ``Parts``, or
a bare ``Manifest`` or ``ConfigFile`` where that alone is enough. ``engine=None`` means the engine
that the image came from; for documents, the engine in force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pyggcr import v1
from pyggcr._layers.derived import Describable
from pyggcr.engine import gzip_profile_for, select
from pyggcr.v1.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._contract.partial import PartialEngine
    from pyggcr._layers.core import (
        CompressedImageCore,
        CompressedLayerCore,
        UncompressedImageCore,
        UncompressedLayerCore,
    )

__all__ = [
    "Describable",
    "Parts",
    "artifact_type",
    "blob_descriptor",
    "blob_size",
    "blob_to_diff_id",
    "compressed_to_image",
    "compressed_to_layer",
    "compute_manifests",
    "config_file",
    "config_layer",
    "config_name",
    "descriptor",
    "diff_id_to_blob",
    "diff_ids",
    "digest",
    "exists",
    "find_images",
    "find_indexes",
    "find_manifests",
    "fs_layers",
    "manifest",
    "manifests",
    "raw_config_file",
    "raw_manifest",
    "size",
    "uncompressed_size",
    "uncompressed_to_image",
    "uncompressed_to_layer",
]

Source: TypeAlias = v1.Image | Parts | v1.Manifest | v1.ConfigFile
Index: TypeAlias = v1.ImageIndex | Parts | v1.IndexManifest


def _asked(source: Source, engine: str | None) -> tuple[PartialEngine, v1.Image | Parts]:
    """The engine that answers, and what it is asked about; a bare document becomes ``Parts``."""
    if isinstance(source, v1.Manifest):
        source = Parts(manifest=source)
    elif isinstance(source, v1.ConfigFile):
        source = Parts(config_file=source)
    own = None if isinstance(source, Parts) else source.engine
    return select(engine or own).partial, source


def config_file(source: Source, *, engine: str | None = None) -> v1.ConfigFile:
    """The config file, parsed from its bytes (``partial.ConfigFile``)."""
    partial, image = _asked(source, engine)
    return partial.config_file(image=image)


def config_name(source: Source, *, engine: str | None = None) -> v1.Hash:
    """SHA-256 of the config file's bytes, the image ID (``partial.ConfigName``)."""
    partial, image = _asked(source, engine)
    return partial.config_name(image=image)


def config_layer(source: Source, *, engine: str | None = None) -> v1.Layer:
    """The config file as a layer, ready to be pushed (``partial.ConfigLayer``)."""
    partial, image = _asked(source, engine)
    return partial.config_layer(image=image)


def diff_ids(source: Source, *, engine: str | None = None) -> list[v1.Hash]:
    """The DiffIDs that the config lists (``partial.DiffIDs``)."""
    partial, image = _asked(source, engine)
    return partial.diff_ids(image=image)


def raw_config_file(source: Source, *, engine: str | None = None) -> bytes:
    """The config file, written anew as Go writes it (``partial.RawConfigFile``)."""
    partial, image = _asked(source, engine)
    return partial.raw_config_file(image=image)


def digest(source: Source, *, engine: str | None = None) -> v1.Hash:
    """SHA-256 of the manifest's bytes (``partial.Digest``)."""
    partial, image = _asked(source, engine)
    return partial.digest(image=image)


def manifest(source: Source, *, engine: str | None = None) -> v1.Manifest:
    """The manifest, parsed from its bytes (``partial.Manifest``)."""
    partial, image = _asked(source, engine)
    return partial.manifest(image=image)


def raw_manifest(source: Source, *, engine: str | None = None) -> bytes:
    """The manifest, written anew as Go writes it (``partial.RawManifest``)."""
    partial, image = _asked(source, engine)
    return partial.raw_manifest(image=image)


def size(source: Source, *, engine: str | None = None) -> int:
    """Size of the manifest in bytes (``partial.Size``)."""
    partial, image = _asked(source, engine)
    return partial.size(image=image)


def fs_layers(source: Source, *, engine: str | None = None) -> list[v1.Hash]:
    """The digests of the layers that the manifest lists (``partial.FSLayers``)."""
    partial, image = _asked(source, engine)
    return partial.fs_layers(image=image)


def blob_size(source: Source, blob: v1.Hash | str, *, engine: str | None = None) -> int:
    """Size in bytes of the config or layer with this digest (``partial.BlobSize``).

    Raises:
        UnknownBlobError: the manifest does not list it.
    """
    partial, image = _asked(source, engine)
    return partial.blob_size(image=image, blob=v1.to_hash(blob))


def blob_descriptor(
    source: Source, blob: v1.Hash | str, *, engine: str | None = None
) -> v1.Descriptor:
    """The descriptor of the config or layer with this digest (``partial.BlobDescriptor``).

    Raises:
        UnknownBlobError: the manifest does not list it.
    """
    partial, image = _asked(source, engine)
    return partial.blob_descriptor(image=image, blob=v1.to_hash(blob))


def blob_to_diff_id(source: Source, blob: v1.Hash | str, *, engine: str | None = None) -> v1.Hash:
    """The DiffID of the layer whose blob has this digest (``partial.BlobToDiffID``).

    Raises:
        UnknownBlobError: no layer has it.
        MismatchedLayersError: manifest and config differ in the number of layers.
    """
    partial, image = _asked(source, engine)
    return partial.blob_to_diff_id(image=image, blob=v1.to_hash(blob))


def diff_id_to_blob(
    source: Source, diff_id: v1.Hash | str, *, engine: str | None = None
) -> v1.Hash:
    """The digest of the blob of the layer with this DiffID (``partial.DiffIDToBlob``).

    Raises:
        UnknownDiffIDError: no layer has it.
        MismatchedLayersError: manifest and config differ in the number of layers.
    """
    partial, image = _asked(source, engine)
    return partial.diff_id_to_blob(image=image, diff_id=v1.to_hash(diff_id))


def descriptor(described: Describable, *, engine: str | None = None) -> v1.Descriptor:
    """How a manifest would refer to an image, an index or a layer (``partial.Descriptor``).

    Args:
        described: the object; any other ``Describable`` works too. Its own method ``descriptor``,
            if it has one, decides.
        engine: as everywhere here.

    >>> from pyggcr import empty
    >>> descriptor(empty.image()).media_type
    'application/vnd.docker.distribution.manifest.v2+json'
    """
    own = getattr(described, "engine", None)
    return select(engine or own).partial.descriptor(described=described)


def artifact_type(source: Source, *, engine: str | None = None) -> str:
    """The artifact type, which is the config's media type by default (``partial.ArtifactType``)."""
    partial, image = _asked(source, engine)
    return partial.artifact_type(image=image)


def uncompressed_size(layer: v1.Layer, *, engine: str | None = None) -> int:
    """Size of the content in bytes; reads it all (``partial.UncompressedSize``)."""
    return select(engine or layer.engine).partial.uncompressed_size(layer=layer)


def exists(layer: v1.Layer, *, engine: str | None = None) -> bool:
    """Whether the layer's blob can be opened (``partial.Exists``)."""
    return select(engine or layer.engine).partial.exists(layer=layer)


def manifests(index: v1.ImageIndex, *, engine: str | None = None) -> list[Describable]:
    """What an index lists, as objects: images, indexes, layers, and other entries.

    ``partial.Manifests``. The index's own method ``manifests``, if it has one, decides; so what was
    added to an index can be had although a stream in it was not read yet.

    Args:
        index: an index of either engine, or of your own.
        engine: as everywhere here.

    Returns:
        The objects in the order of the index. An entry that is neither an image nor an index is a
        layer if the index finds layers (``layer``), and else a ``Describable`` without content.

    Raises:
        Error: whatever the index raises, also for a single entry that it cannot open.

    >>> from pyggcr import empty, mutate
    >>> index = mutate.append_manifests(empty.index(), empty.image())
    >>> [it.media_type() for it in manifests(index)]
    ['application/vnd.docker.distribution.manifest.v2+json']
    """
    return select(engine or index.engine).partial.manifests(index=index)


def compute_manifests(index: v1.ImageIndex, *, engine: str | None = None) -> list[Describable]:
    """What the manifest of an index lists, as objects (``partial.ComputeManifests``).

    Like ``manifests``, but the index's own method is not asked.

    Args:
        index: an index of either engine, or of your own.
        engine: as everywhere here.

    Returns:
        As for ``manifests``.

    Raises:
        Error: whatever the index raises, also for a single entry that it cannot open.

    >>> from pyggcr import empty
    >>> compute_manifests(empty.index())
    []
    """
    return select(engine or index.engine).partial.compute_manifests(index=index)


def find_manifests(
    index: Index, matcher: Callable[[v1.Descriptor], bool], *, engine: str | None = None
) -> list[v1.Descriptor]:
    """The entries of an index that the matcher takes (``partial.FindManifests``).

    Args:
        index: an index, or its manifest.
        matcher: one of ``pyggcr.match``, or any function.
        engine: as everywhere here.
    """
    if isinstance(index, v1.IndexManifest):
        index = Parts(index_manifest=index)
    own = None if isinstance(index, Parts) else index.engine
    return select(engine or own).partial.find_manifests(index=index, matcher=matcher)


def find_images(index: v1.ImageIndex, matcher: Callable[[v1.Descriptor], bool]) -> list[v1.Image]:
    """The images of an index that the matcher takes (``partial.FindImages``)."""
    return [
        index.image(entry.digest)
        for entry in find_manifests(index, matcher)
        if entry.media_type.is_image()
    ]


def find_indexes(
    index: v1.ImageIndex, matcher: Callable[[v1.Descriptor], bool]
) -> list[v1.ImageIndex]:
    """The nested indexes of an index that the matcher takes (``partial.FindIndexes``)."""
    return [
        index.image_index(entry.digest)
        for entry in find_manifests(index, matcher)
        if entry.media_type.is_index()
    ]


def compressed_to_layer(core: CompressedLayerCore) -> v1.Layer:
    """A layer from one that knows only its blob (``partial.CompressedToLayer``)."""
    from pyggcr._layers.compressed import CompressedLayer

    return CompressedLayer(core)


def uncompressed_to_layer(
    core: UncompressedLayerCore, *, gzip_profile: str | None = None
) -> v1.Layer:
    """A layer from one that knows only its content (``partial.UncompressedToLayer``)."""
    from pyggcr._layers.uncompressed import UncompressedLayer

    return UncompressedLayer(core, _profile(gzip_profile))


def compressed_to_image(core: CompressedImageCore) -> v1.Image:
    """An image from one that knows its manifest and blobs (``partial.CompressedToImage``)."""
    from pyggcr._layers.compressed import CompressedImage

    return CompressedImage(core)


def uncompressed_to_image(
    core: UncompressedImageCore, *, gzip_profile: str | None = None
) -> v1.Image:
    """An image from one that knows its contents (``partial.UncompressedToImage``)."""
    from pyggcr._layers.uncompressed import UncompressedImage

    return UncompressedImage(core, _profile(gzip_profile))


def _profile(gzip_profile: str | None) -> str:
    return gzip_profile_for(select("python"), gzip_profile)
