"""Questions answered from an image's other answers: pkg/v1/partial/with.go.

Each takes a ``v1.Image``, a ``v1.Layer`` or ``Parts`` (raw documents), as far as it has what
the question needs. What other layer work needs too is in ``pyggcr._layers.derived``.
"""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._gostd.stream import BytesStream
from pyggcr._layers.derived import (
    LayerTable,
    WithConfigFile,
    WithManifest,
    WithManifestAndConfigFile,
    artifact_type,
    blob_descriptor,
    blob_to_diff_id,
    compute_manifests,
    config_file,
    config_name,
    descriptor,
    diff_ids,
    digest,
    fs_layers,
    manifest,
    manifests,
    own_method,
    raw_config,
    size,
)
from pyggcr.errors import Error
from pyggcr.types import MediaType
from pyggcr.v1.parts import Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "artifact_type",
    "blob_descriptor",
    "blob_size",
    "blob_to_diff_id",
    "compute_manifests",
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
    "manifests",
    "raw_config_file",
    "raw_manifest",
    "size",
    "uncompressed_size",
]

_READ_SIZE = 1 << 20


def config_layer(image: v1.Image | Parts) -> v1.Layer:
    """The config file as a layer, ready to be pushed (``partial.ConfigLayer``)."""
    return _ConfigLayer(config_name(image), raw_config(image))


def raw_config_file(image: WithConfigFile) -> bytes:
    """The config file, written anew as Go writes it (``partial.RawConfigFile``)."""
    return json.marshal(image.config_file())


def raw_manifest(image: WithManifest) -> bytes:
    """The manifest, written anew as Go writes it (``partial.RawManifest``)."""
    return json.marshal(image.manifest())


def blob_size(image: WithManifest, blob: v1.Hash) -> int:
    """Size in bytes of the config or layer with this digest (``partial.BlobSize``)."""
    return blob_descriptor(image, blob).size


def diff_id_to_blob(image: WithManifestAndConfigFile, diff_id: v1.Hash) -> v1.Hash:
    """The digest of the blob of the layer with this DiffID (``partial.DiffIDToBlob``).

    Raises:
        UnknownDiffIDError: no layer has it.
        MismatchedLayersError: manifest and config differ in the number of layers.
    """
    return LayerTable(image).diff_id_to_blob(diff_id)


def uncompressed_size(layer: v1.Layer) -> int:
    """Size of the content in bytes; reads it all (``partial.UncompressedSize``)."""
    own = own_method(layer, "uncompressed_size")
    if own is not None:
        answer: int = own()
        return answer
    total = 0
    with layer.uncompressed() as stream:
        while chunk := stream.read(_READ_SIZE):
            total += len(chunk)
    return total


def exists(layer: v1.Layer) -> bool:
    """Whether the layer's blob can be opened (``partial.Exists``)."""
    own = own_method(layer, "exists")
    if own is not None:
        answer: bool = own()
        return answer
    layer.compressed().close()
    return True


def find_manifests(
    index: v1.ImageIndex | Parts, matcher: Callable[[v1.Descriptor], bool]
) -> list[v1.Descriptor]:
    """The entries of an index that the matcher takes (``partial.FindManifests``)."""
    try:
        found = index.index_manifest()
    except Error as error:
        raise type(error)(f"unable to get raw index: {error.message}") from None
    return [entry for entry in found.manifests or () if matcher(entry)]


class _ConfigLayer(v1.Layer):
    """``partial.configLayer``: the same bytes, compressed or not."""

    def __init__(self, digest: v1.Hash, content: bytes) -> None:
        self._digest = digest
        self._content = content

    def digest(self) -> v1.Hash:
        return self._digest

    def diff_id(self) -> v1.Hash:
        return self._digest

    def compressed(self) -> io.RawIOBase:
        return BytesStream(self._content)

    def uncompressed(self) -> io.RawIOBase:
        return BytesStream(self._content)

    def size(self) -> int:
        return len(self._content)

    def media_type(self) -> MediaType:
        return MediaType.OCI_CONFIG_JSON
