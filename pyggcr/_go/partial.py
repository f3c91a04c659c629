"""Questions answered from an image's other answers: pkg/v1/partial through native/partial.go.

Each takes a ``v1.Image``, ``v1.ImageIndex`` or ``v1.Layer``, which Go asks back if it does not live
there, or ``Parts``, whose documents cross for the time of the question.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pyggcr import v1
from pyggcr._go import call, models, values
from pyggcr._go.handle import Handle
from pyggcr._go.image import GoLayer
from pyggcr.v1.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyggcr._go.opener import Files

__all__ = [
    "artifact_type",
    "blob_descriptor",
    "blob_size",
    "blob_to_diff_id",
    "config_file",
    "config_layer",
    "config_name",
    "descriptor",
    "diff_id_to_blob",
    "diff_ids",
    "digest",
    "exists",
    "find_manifests",
    "fs_layers",
    "manifest",
    "raw_config_file",
    "raw_manifest",
    "size",
    "uncompressed_size",
]

Source: TypeAlias = v1.Image | v1.Layer | v1.ImageIndex | Parts

_T = TypeVar("_T")


def config_file(image: v1.Image | Parts) -> v1.ConfigFile:
    """The config file, parsed from its bytes (``partial.ConfigFile``)."""
    return models.config_file(_ask(call.data, "config_file", image))


def config_name(image: v1.Image | Parts) -> v1.Hash:
    """SHA-256 of the config file's bytes (``partial.ConfigName``)."""
    return models.hash_of(_ask(call.text, "config_name", image))


def config_layer(image: v1.Image | Parts) -> v1.Layer:
    """The config file as a layer, ready to be pushed (``partial.ConfigLayer``)."""
    with _held(image) as (handle, files):
        number = call.ask(call.handle, "partial_config_layer", handle.number, opener=files)
        return GoLayer(number, files)


def diff_ids(image: v1.Image | Parts) -> list[v1.Hash]:
    """The DiffIDs that the config lists (``partial.DiffIDs``)."""
    return models.hashes_of(_ask(call.data, "diff_ids", image))


def raw_config_file(image: v1.Image | Parts) -> bytes:
    """The config file, written anew by Go (``partial.RawConfigFile``)."""
    return _ask(call.data, "raw_config_file", image)


def digest(image: v1.Image | Parts) -> v1.Hash:
    """SHA-256 of the manifest's bytes (``partial.Digest``)."""
    return models.hash_of(_ask(call.text, "digest", image))


def manifest(image: v1.Image | Parts) -> v1.Manifest:
    """The manifest, parsed from its bytes (``partial.Manifest``)."""
    return models.manifest(_ask(call.data, "manifest", image))


def raw_manifest(image: v1.Image | Parts) -> bytes:
    """The manifest, written anew by Go (``partial.RawManifest``)."""
    return _ask(call.data, "raw_manifest", image)


def size(image: v1.Image | Parts) -> int:
    """Size of the manifest in bytes (``partial.Size``)."""
    return _ask(call.number, "size", image)


def fs_layers(image: v1.Image | Parts) -> list[v1.Hash]:
    """The digests of the layers that the manifest lists (``partial.FSLayers``)."""
    return models.hashes_of(_ask(call.data, "fs_layers", image))


def blob_size(image: v1.Image | Parts, blob: v1.Hash) -> int:
    """Size in bytes of the config or layer with this digest (``partial.BlobSize``)."""
    return _ask(call.number, "blob_size", image, blob)


def blob_descriptor(image: v1.Image | Parts, blob: v1.Hash) -> v1.Descriptor:
    """The descriptor of the config or layer with this digest (``partial.BlobDescriptor``)."""
    return models.descriptor(_ask(call.data, "blob_descriptor", image, blob))


def blob_to_diff_id(image: v1.Image | Parts, blob: v1.Hash) -> v1.Hash:
    """The DiffID of the layer whose blob has this digest (``partial.BlobToDiffID``)."""
    return models.hash_of(_ask(call.text, "blob_to_diff_id", image, blob))


def diff_id_to_blob(image: v1.Image | Parts, diff_id: v1.Hash) -> v1.Hash:
    """The digest of the blob of the layer with this DiffID (``partial.DiffIDToBlob``)."""
    return models.hash_of(_ask(call.text, "diff_id_to_blob", image, diff_id))


def descriptor(described: v1.Image | v1.ImageIndex | v1.Layer) -> v1.Descriptor:
    """How a manifest would refer to the object (``partial.Descriptor``)."""
    return models.descriptor(_ask(call.data, "descriptor", described))


def artifact_type(image: v1.Image | Parts) -> str:
    """The artifact type, the config's media type by default (``partial.ArtifactType``)."""
    return _ask(call.text, "artifact_type", image)


def uncompressed_size(layer: v1.Layer) -> int:
    """Size of the content in bytes; reads it all (``partial.UncompressedSize``)."""
    return _ask(call.number, "uncompressed_size", layer)


def exists(layer: v1.Layer) -> bool:
    """Whether the layer's blob can be opened (``partial.Exists``)."""
    return bool(_ask(call.number, "exists", layer))


def find_manifests(
    index: v1.ImageIndex | Parts, matcher: Callable[[v1.Descriptor], bool]
) -> list[v1.Descriptor]:
    """The entries of an index that the matcher takes (``partial.FindManifests``)."""
    return [
        entry
        for entry in models.descriptors(_ask(call.data, "find_manifests", index))
        if matcher(entry)
    ]


def _ask(read: Callable[[Any, Any], _T], function: str, source: Source, *hashes: v1.Hash) -> _T:
    arguments: list[object] = []
    for wanted in map(models.text_of, hashes):
        arguments += [wanted, len(wanted)]
    with _held(source) as (handle, files):
        return call.ask(read, f"partial_{function}", handle.number, *arguments, opener=files)


@contextlib.contextmanager
def _held(source: Source) -> Iterator[tuple[Handle, Files | None]]:
    """The object in Go, and where its files come from; for parts, one that goes again."""
    if isinstance(source, Parts):
        handle = _parts(source)
        try:
            yield handle, None
        finally:
            handle.close()
    else:
        with values.held(source) as held:
            yield held


def _parts(parts: Parts) -> Handle:
    arguments: list[object] = []
    for document in (parts.raw_manifest, parts.raw_config_file, parts.raw_index_manifest):
        arguments += [None, 0] if document is None else [document, len(document)]
    return Handle(call.ask_now(call.handle, "partial_parts", *arguments), "parts")
