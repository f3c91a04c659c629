"""Compute properties of images from other properties, and complete partial images: pkg/v1/partial.

Most functions take an image (or a layer, where Go takes one), or documents without an image:
``Parts``, or a bare ``Manifest`` or ``ConfigFile`` where that is enough. ``engine=None`` means the
engine of the image; for documents, the engine in force.
"""

from __future__ import annotations

from pyggcr import v1
from pyggcr._layers.derived import Describable
from pyggcr.engine import gzip_profile_for, select
from pyggcr.v1.parts import Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

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
    """Parse the config file (``partial.ConfigFile``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The config file.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.config_file(image=image)


def config_name(source: Source, *, engine: str | None = None) -> v1.Hash:
    """Hash the config file, which gives the image ID (``partial.ConfigName``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The SHA-256 hash of its bytes.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.config_name(image=image)


def config_layer(source: Source, *, engine: str | None = None) -> v1.Layer:
    """Return the config file as a layer, ready to be pushed (``partial.ConfigLayer``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        A layer whose blob and content are the config file.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.config_layer(image=image)


def diff_ids(source: Source, *, engine: str | None = None) -> list[v1.Hash]:
    """Return the DiffIDs that the config file lists (``partial.DiffIDs``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        DiffIDs, base layer first.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.diff_ids(image=image)


def raw_config_file(source: Source, *, engine: str | None = None) -> bytes:
    """Write the config file as Go writes it (``partial.RawConfigFile``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        JSON, with the fields that go-containerregistry knows.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.raw_config_file(image=image)


def digest(source: Source, *, engine: str | None = None) -> v1.Hash:
    """Hash the manifest (``partial.Digest``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The SHA-256 hash of its bytes.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.digest(image=image)


def manifest(source: Source, *, engine: str | None = None) -> v1.Manifest:
    """Parse the manifest (``partial.Manifest``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The manifest.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.manifest(image=image)


def raw_manifest(source: Source, *, engine: str | None = None) -> bytes:
    """Write the manifest as Go writes it (``partial.RawManifest``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        JSON, with the fields that go-containerregistry knows.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.raw_manifest(image=image)


def size(source: Source, *, engine: str | None = None) -> int:
    """Return the size of the manifest (``partial.Size``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        Bytes.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.size(image=image)


def fs_layers(source: Source, *, engine: str | None = None) -> list[v1.Hash]:
    """Return the digests of the layers that the manifest lists (``partial.FSLayers``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        Digests, base layer first.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.fs_layers(image=image)


def blob_size(source: Source, blob: v1.Hash | str, *, engine: str | None = None) -> int:
    """Return the size of a config or layer, as the manifest lists it (``partial.BlobSize``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        blob: the digest of the blob.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        Bytes.

    Raises:
        UnknownBlobError: the manifest does not list the blob.
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.blob_size(image=image, blob=v1.to_hash(blob))


def blob_descriptor(
    source: Source, blob: v1.Hash | str, *, engine: str | None = None
) -> v1.Descriptor:
    """Return the descriptor of a config or layer (``partial.BlobDescriptor``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        blob: the digest of the blob.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The descriptor in the manifest.

    Raises:
        UnknownBlobError: the manifest does not list the blob.
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.blob_descriptor(image=image, blob=v1.to_hash(blob))


def blob_to_diff_id(source: Source, blob: v1.Hash | str, *, engine: str | None = None) -> v1.Hash:
    """Find the DiffID of a layer by its digest (``partial.BlobToDiffID``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        blob: the digest of the blob.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The DiffID.

    Raises:
        UnknownBlobError: no layer has this digest.
        MismatchedLayersError: manifest and config file list different numbers of layers.
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.blob_to_diff_id(image=image, blob=v1.to_hash(blob))


def diff_id_to_blob(
    source: Source, diff_id: v1.Hash | str, *, engine: str | None = None
) -> v1.Hash:
    """Find the digest of a layer by its DiffID (``partial.DiffIDToBlob``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        diff_id: the DiffID.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The digest of the blob.

    Raises:
        UnknownDiffIDError: no layer has this DiffID.
        MismatchedLayersError: manifest and config file list different numbers of layers.
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.diff_id_to_blob(image=image, diff_id=v1.to_hash(diff_id))


def descriptor(described: Describable, *, engine: str | None = None) -> v1.Descriptor:
    """Describe an image, an index or a layer as a manifest refers to it (``partial.Descriptor``).

    If the object has a method ``descriptor``, that decides.

    Args:
        described: the object; any ``Describable`` works.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The descriptor.

    Raises:
        Error: the object cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import empty
        >>> descriptor(empty.image()).media_type
        'application/vnd.docker.distribution.manifest.v2+json'
    """
    own = getattr(described, "engine", None)
    return select(engine or own).partial.descriptor(described=described)


def artifact_type(source: Source, *, engine: str | None = None) -> str:
    """Return the artifact type (``partial.ArtifactType``).

    Args:
        source: an image, or documents: ``Parts``, a ``Manifest`` or a ``ConfigFile``.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The type in the manifest; if there is none, the media type of the config.

    Raises:
        UnsupportedOptionError: the document that is needed is not there.
        JSONError: a document is malformed, or a value has the wrong type.
        TruncatedError: a document ends too early.
        InvalidHashError: a digest in a document is malformed.
        Error: the image cannot be read; the subclass says why.
    """
    partial, image = _asked(source, engine)
    return partial.artifact_type(image=image)


def uncompressed_size(layer: v1.Layer, *, engine: str | None = None) -> int:
    """Measure the content of a layer, reading all of it (``partial.UncompressedSize``).

    Args:
        layer: a layer of either engine, or your own.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        Bytes.

    Raises:
        Error: the layer cannot be read; the subclass says why.
    """
    return select(engine or layer.engine).partial.uncompressed_size(layer=layer)


def exists(layer: v1.Layer, *, engine: str | None = None) -> bool:
    """Tell whether the blob of a layer can be opened (``partial.Exists``).

    Args:
        layer: a layer of either engine, or your own.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        True; false only if the layer has a method ``exists`` of its own that says so.

    Raises:
        Error: the blob cannot be opened; the subclass says why.
    """
    return select(engine or layer.engine).partial.exists(layer=layer)


def manifests(index: v1.ImageIndex, *, engine: str | None = None) -> list[Describable]:
    """Open the entries of an index: images, indexes, layers and others (``partial.Manifests``).

    If the index has a method ``manifests``, that decides; so the entries of an index made by
    ``mutate`` are available before a stream in it was read.

    Args:
        index: an index of either engine, or your own.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The objects in the order of the index. An entry that is neither an image nor an index is a
        layer if the index has a method ``layer``, and otherwise a ``Describable`` without content.

    Raises:
        Error: the index, or one of its entries, cannot be read.

    Examples:
        >>> from pyggcr import empty, mutate
        >>> index = mutate.append_manifests(empty.index(), empty.image())
        >>> [it.media_type() for it in manifests(index)]
        ['application/vnd.docker.distribution.manifest.v2+json']
    """
    return select(engine or index.engine).partial.manifests(index=index)


def compute_manifests(index: v1.ImageIndex, *, engine: str | None = None) -> list[Describable]:
    """Open the entries that the manifest of an index lists (``partial.ComputeManifests``).

    Like ``manifests``, but a method ``manifests`` of the index is not called.

    Args:
        index: an index of either engine, or your own.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        The objects in the order of the index, as for ``manifests``.

    Raises:
        Error: the index, or one of its entries, cannot be read.

    Examples:
        >>> from pyggcr import empty
        >>> compute_manifests(empty.index())
        []
    """
    return select(engine or index.engine).partial.compute_manifests(index=index)


def find_manifests(
    index: Index, matcher: Callable[[v1.Descriptor], bool], *, engine: str | None = None
) -> list[v1.Descriptor]:
    """Return the entries of an index that match (``partial.FindManifests``).

    Args:
        index: an index, or its manifest as a model or in ``Parts``.
        matcher: one of ``pyggcr.match``, or any function of a descriptor.
        engine: ``go`` or ``python``; default: the engine of the object, and for documents the
            engine in force.

    Returns:
        Descriptors in the order of the index.

    Raises:
        Error: the index cannot be read, and whatever the matcher raises.
    """
    if isinstance(index, v1.IndexManifest):
        index = Parts(index_manifest=index)
    own = None if isinstance(index, Parts) else index.engine
    return select(engine or own).partial.find_manifests(index=index, matcher=matcher)


def find_images(index: v1.ImageIndex, matcher: Callable[[v1.Descriptor], bool]) -> list[v1.Image]:
    """Open the images of an index that match (``partial.FindImages``).

    Args:
        index: an index of either engine, or your own.
        matcher: one of ``pyggcr.match``, or any function of a descriptor.

    Returns:
        Images in the order of the index.

    Raises:
        Error: the index or an image cannot be read.
    """
    return [
        index.image(entry.digest)
        for entry in find_manifests(index, matcher)
        if entry.media_type.is_image()
    ]


def find_indexes(
    index: v1.ImageIndex, matcher: Callable[[v1.Descriptor], bool]
) -> list[v1.ImageIndex]:
    """Open the nested indexes of an index that match (``partial.FindIndexes``).

    Args:
        index: an index of either engine, or your own.
        matcher: one of ``pyggcr.match``, or any function of a descriptor.

    Returns:
        Indexes in the order of the index.

    Raises:
        Error: the index or a nested one cannot be read.
    """
    return [
        index.image_index(entry.digest)
        for entry in find_manifests(index, matcher)
        if entry.media_type.is_index()
    ]


def compressed_to_layer(core: CompressedLayerCore) -> v1.Layer:
    """Complete a layer of which the compressed bytes are known (``partial.CompressedToLayer``).

    Args:
        core: an object with the methods ``digest``, ``size``, ``media_type`` and ``compressed``.

    Returns:
        A layer; what the core lacks is computed from the bytes when it is asked for.
    """
    from pyggcr._layers.compressed import CompressedLayer

    return CompressedLayer(core)


def uncompressed_to_layer(
    core: UncompressedLayerCore, *, gzip_profile: str | None = None
) -> v1.Layer:
    """Complete a layer of which the uncompressed bytes are known (``partial.UncompressedToLayer``).

    Args:
        core: an object with the methods ``diff_id``, ``media_type`` and ``uncompressed``.
        gzip_profile: the Go release whose gzip is written, such as ``go1.26``; default: the profile
            in force. Digests depend on it.

    Returns:
        A layer; it is compressed when the digest, the size or the compressed bytes are asked for,
        and raises ``UnsupportedOptionError`` then if there is no such gzip profile.
    """
    from pyggcr._layers.uncompressed import UncompressedLayer

    return UncompressedLayer(core, _profile(gzip_profile))


def compressed_to_image(core: CompressedImageCore) -> v1.Image:
    """Complete an image of which manifest and blobs are known (``partial.CompressedToImage``).

    Args:
        core: an object with the methods ``raw_manifest``, ``raw_config_file``, ``media_type`` and
            ``layer_by_digest``.

    Returns:
        An image; what the core lacks is computed when it is asked for.
    """
    from pyggcr._layers.compressed import CompressedImage

    return CompressedImage(core)


def uncompressed_to_image(
    core: UncompressedImageCore, *, gzip_profile: str | None = None
) -> v1.Image:
    """Complete an image of which config and contents are known (``partial.UncompressedToImage``).

    Args:
        core: an object with the methods ``raw_config_file``, ``media_type`` and
            ``layer_by_diff_id``.
        gzip_profile: the Go release whose gzip is written, such as ``go1.26``; default: the profile
            in force. Digests depend on it.

    Returns:
        An image; its manifest is computed, and its layers are compressed, when they are asked for.
        Both raise ``UnsupportedOptionError`` if there is no such gzip profile.
    """
    from pyggcr._layers.uncompressed import UncompressedImage

    return UncompressedImage(core, _profile(gzip_profile))


def _profile(gzip_profile: str | None) -> str:
    return gzip_profile_for(select("python"), gzip_profile)
