"""Questions answered from an image's other answers: pkg/v1/partial/with.go.

Each takes a ``v1.Image``, a ``v1.Layer`` or ``Parts`` (raw documents), as far as it has what
the question needs.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Protocol, cast

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._gostd.stream import PieceStream, Waiting
from pyggcr.errors import Error, MismatchedLayersError, UnknownBlobError, UnknownDiffIDError
from pyggcr.types import MediaType
from pyggcr.v1.parts import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BytesStream",
    "LayerTable",
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
    "own_method",
    "raw_config_file",
    "raw_manifest",
    "size",
    "uncompressed_size",
]

_READ_SIZE = 1 << 20

Described = v1.Image | v1.ImageIndex | v1.Layer


class WithManifest(Protocol):
    """Has a manifest: an image, or parts."""

    def manifest(self) -> v1.Manifest: ...


class WithConfigFile(Protocol):
    """Has a config file: an image, or parts."""

    def config_file(self) -> v1.ConfigFile: ...


class WithManifestAndConfigFile(WithManifest, WithConfigFile, Protocol):
    """Has both: an image, or parts."""


def _raw_manifest(image: v1.Image | Parts) -> bytes:
    return image.manifest_bytes() if isinstance(image, Parts) else image.raw_manifest()


def _raw_config(image: v1.Image | Parts) -> bytes:
    return image.config_file_bytes() if isinstance(image, Parts) else image.raw_config_file()


def config_file(image: v1.Image | Parts) -> v1.ConfigFile:
    """The config file, parsed from its bytes (``partial.ConfigFile``)."""
    return v1.parse_config_file(_raw_config(image))


def config_name(image: v1.Image | Parts) -> v1.Hash:
    """SHA-256 of the config file's bytes (``partial.ConfigName``)."""
    return v1.sha256(io.BytesIO(_raw_config(image)))[0]


def config_layer(image: v1.Image | Parts) -> v1.Layer:
    """The config file as a layer, ready to be pushed (``partial.ConfigLayer``)."""
    return _ConfigLayer(config_name(image), _raw_config(image))


def diff_ids(image: WithConfigFile) -> list[v1.Hash]:
    """The DiffIDs that the config lists (``partial.DiffIDs``)."""
    return list(image.config_file().rootfs.diff_ids or ())


def raw_config_file(image: WithConfigFile) -> bytes:
    """The config file, written anew as Go writes it (``partial.RawConfigFile``)."""
    return json.marshal(image.config_file())


def digest(image: v1.Image | Parts) -> v1.Hash:
    """SHA-256 of the manifest's bytes (``partial.Digest``)."""
    return v1.sha256(io.BytesIO(_raw_manifest(image)))[0]


def manifest(image: v1.Image | Parts) -> v1.Manifest:
    """The manifest, parsed from its bytes (``partial.Manifest``)."""
    return v1.parse_manifest(_raw_manifest(image))


def raw_manifest(image: WithManifest) -> bytes:
    """The manifest, written anew as Go writes it (``partial.RawManifest``)."""
    return json.marshal(image.manifest())


def size(image: v1.Image | Parts) -> int:
    """Size of the manifest in bytes (``partial.Size``)."""
    return len(_raw_manifest(image))


def fs_layers(image: WithManifest) -> list[v1.Hash]:
    """The digests of the layers that the manifest lists (``partial.FSLayers``)."""
    return [layer.digest for layer in image.manifest().layers or ()]


def blob_size(image: WithManifest, blob: v1.Hash) -> int:
    """Size in bytes of the config or layer with this digest (``partial.BlobSize``)."""
    return blob_descriptor(image, blob).size


def blob_descriptor(image: WithManifest, blob: v1.Hash) -> v1.Descriptor:
    """The descriptor of the config or layer with this digest (``partial.BlobDescriptor``).

    Raises:
        UnknownBlobError: the manifest does not list it.
    """
    found = image.manifest()
    for candidate in (found.config, *(found.layers or [])):
        if candidate.digest == blob:
            return candidate
    raise UnknownBlobError(f"blob {blob} not found")


class LayerTable:
    """Which blob and which content belong together, for any number of look-ups."""

    def __init__(self, image: WithManifestAndConfigFile) -> None:
        """Ask the image once.

        Raises:
            MismatchedLayersError: manifest and config differ in the number of layers.
        """
        blobs = fs_layers(image)
        contents = diff_ids(image)
        if len(blobs) != len(contents):
            raise MismatchedLayersError(
                f"mismatched fs layers ({len(blobs)}) and diff ids ({len(contents)})"
            )
        # Of what is listed twice the first counts.
        self._contents = dict(zip(reversed(blobs), reversed(contents), strict=True))
        self._blobs = dict(zip(reversed(contents), reversed(blobs), strict=True))

    def blob_to_diff_id(self, blob: v1.Hash) -> v1.Hash:
        """The DiffID of the layer whose blob has this digest."""
        try:
            return self._contents[blob]
        except KeyError:
            raise UnknownBlobError(f"unknown blob {blob}") from None

    def diff_id_to_blob(self, diff_id: v1.Hash) -> v1.Hash:
        """The digest of the blob of the layer with this DiffID."""
        try:
            return self._blobs[diff_id]
        except KeyError:
            raise UnknownDiffIDError(f"unknown diffID {diff_id}") from None


def blob_to_diff_id(image: WithManifestAndConfigFile, blob: v1.Hash) -> v1.Hash:
    """The DiffID of the layer whose blob has this digest (``partial.BlobToDiffID``).

    Raises:
        UnknownBlobError: no layer has it.
        MismatchedLayersError: manifest and config differ in the number of layers.
    """
    return LayerTable(image).blob_to_diff_id(blob)


def diff_id_to_blob(image: WithManifestAndConfigFile, diff_id: v1.Hash) -> v1.Hash:
    """The digest of the blob of the layer with this DiffID (``partial.DiffIDToBlob``).

    Raises:
        UnknownDiffIDError: no layer has it.
        MismatchedLayersError: manifest and config differ in the number of layers.
    """
    return LayerTable(image).diff_id_to_blob(diff_id)


def descriptor(described: Described) -> v1.Descriptor:
    """How a manifest would refer to the object (``partial.Descriptor``)."""
    own = own_method(described, "descriptor")
    if own is not None:
        return cast(v1.Descriptor, own())
    # In Go's order, which decides whose error is seen.
    length = described.size()
    digest = described.digest()
    media_type = described.media_type()
    kind = ""
    own = own_method(described, "artifact_type")
    if own is not None:
        kind = own()
    elif media_type.is_image() and isinstance(described, v1.Image):
        kind = _artifact_type(lambda: manifest(described))
    return v1.Descriptor(media_type=media_type, size=length, digest=digest, artifact_type=kind)


def artifact_type(image: WithManifest) -> str:
    """The artifact type, which is the config's media type by default (``partial.ArtifactType``).

    A manifest that cannot be had gives an empty string, as in Go.
    """
    return _artifact_type(image.manifest)


def _artifact_type(read: Callable[[], v1.Manifest]) -> str:
    try:
        found = read()
    except Error:
        return ""
    return found.artifact_type or str(found.config.media_type)


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


def own_method(described: object, method: str) -> Any:
    """The method of the object itself, below what completed it (Go's ``unwrap``)."""
    while (core := getattr(described, "core", None)) is not None:
        described = core
    return getattr(described, method, None)


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


class BytesStream(PieceStream):
    """A stream of bytes that are there already."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._rest = Waiting()
        self._rest.put(content)

    def _take(self, size: int) -> bytes:
        return self._rest.take(size)
