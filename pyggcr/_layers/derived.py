"""Answers that follow from an image's other answers: pkg/v1/partial/with.go.

Those that completed images, archives and stores need; ``pyggcr._python.partial`` has the rest of
the Go package. Each function takes a ``v1.Image``, a ``v1.Layer`` or ``Parts`` (raw documents), as
far as it has what the answer needs.
"""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._dataclasses import replace
from pyggcr.errors import Error, MismatchedLayersError, UnknownBlobError, UnknownDiffIDError
from pyggcr.v1.parts import Parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Protocol, cast

    from pyggcr.types import MediaType
else:
    from pyggcr._typing import Protocol, cast

__all__ = [
    "BareDescriptor",
    "Describable",
    "LayerTable",
    "WithConfigFile",
    "WithManifest",
    "WithManifestAndConfigFile",
    "artifact_type",
    "blob_descriptor",
    "blob_to_diff_id",
    "compute_manifests",
    "config_file",
    "config_name",
    "descriptor",
    "diff_ids",
    "digest",
    "each_manifest",
    "fs_layers",
    "layer_finder",
    "manifest",
    "manifests",
    "own_method",
    "raw_config",
    "size",
]


class Describable(Protocol):
    """Anything that a descriptor can be made of (``partial.Describable``)."""

    def digest(self) -> v1.Hash:
        """Return the hash of the document or blob (``Describable.Digest``).

        Returns:
            The hash.
        """

    def media_type(self) -> MediaType:
        """Return the media type of the document or blob (``Describable.MediaType``).

        Returns:
            The media type.
        """

    def size(self) -> int:
        """Return the size of the document or blob (``Describable.Size``).

        Returns:
            Bytes.
        """


class BareDescriptor:
    """An entry of an index that is no image, index or layer that could be opened."""

    def __init__(self, descriptor: v1.Descriptor) -> None:
        self._descriptor = descriptor

    def digest(self) -> v1.Hash:
        """The hash that the index names (``Describable.Digest``)."""
        return self._descriptor.digest

    def media_type(self) -> MediaType:
        """The media type that the index names (``Describable.MediaType``)."""
        return self._descriptor.media_type

    def size(self) -> int:
        """The size in bytes that the index names (``Describable.Size``)."""
        return self._descriptor.size

    def descriptor(self) -> v1.Descriptor:
        """A copy of the entry."""
        return replace(self._descriptor)

    def __repr__(self) -> str:
        return f"<BareDescriptor {self.digest()}>"


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


def raw_config(image: v1.Image | Parts) -> bytes:
    """The bytes of the config file."""
    return image.config_file_bytes() if isinstance(image, Parts) else image.raw_config_file()


def config_file(image: v1.Image | Parts) -> v1.ConfigFile:
    """The config file, parsed from its bytes (``partial.ConfigFile``)."""
    return v1.parse_config_file(raw_config(image))


def config_name(image: v1.Image | Parts) -> v1.Hash:
    """SHA-256 of the config file's bytes (``partial.ConfigName``)."""
    return v1.sha256(io.BytesIO(raw_config(image)))[0]


def diff_ids(image: WithConfigFile) -> list[v1.Hash]:
    """The DiffIDs that the config lists (``partial.DiffIDs``)."""
    known = getattr(image, "_claimed_diff_ids", None)  # of our own images, which parse it once
    return list(known() if known is not None else image.config_file().rootfs.diff_ids or ())


def digest(image: v1.Image | Parts) -> v1.Hash:
    """SHA-256 of the manifest's bytes (``partial.Digest``)."""
    return v1.sha256(io.BytesIO(_raw_manifest(image)))[0]


def manifest(image: v1.Image | Parts) -> v1.Manifest:
    """The manifest, parsed from its bytes (``partial.Manifest``)."""
    return v1.parse_manifest(_raw_manifest(image))


def size(image: v1.Image | Parts) -> int:
    """Size of the manifest in bytes (``partial.Size``)."""
    return len(_raw_manifest(image))


def fs_layers(image: WithManifest) -> list[v1.Hash]:
    """The digests of the layers that the manifest lists (``partial.FSLayers``)."""
    return [layer.digest for layer in image.manifest().layers or ()]


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


def descriptor(described: Describable) -> v1.Descriptor:
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


def manifests(index: v1.ImageIndex) -> list[Describable]:
    """What an index lists, as objects (``partial.Manifests``)."""
    return list(each_manifest(index))


def each_manifest(index: v1.ImageIndex) -> Iterable[Describable]:
    """``manifests``, but what an index has to fetch is fetched when it is its turn."""
    own: Callable[[], list[Describable]] | None = getattr(index, "manifests", None)
    return _computed_manifests(index) if own is None else own()


def compute_manifests(index: v1.ImageIndex) -> list[Describable]:
    """What the manifest of an index lists, as objects (``partial.ComputeManifests``)."""
    return list(_computed_manifests(index))


def _computed_manifests(index: v1.ImageIndex) -> Iterator[Describable]:
    find_layer = layer_finder(index)
    for entry in index.index_manifest().manifests or ():
        if entry.media_type.is_image():
            yield index.image(entry.digest)
        elif entry.media_type.is_index():
            yield index.image_index(entry.digest)
        elif find_layer is not None:
            yield find_layer(entry.digest)
        else:
            yield BareDescriptor(entry)


def layer_finder(index: v1.ImageIndex) -> Callable[[v1.Hash], v1.Layer] | None:
    """The method that finds layers which an index lists, if it is of a kind that lists any.

    The interface has no such method, in Go neither, and it is used where it is there.
    """
    lists_layers = getattr(index, "lists_layers", None)  # of objects of Go, which all have it
    if lists_layers is not None and not lists_layers():
        return None
    found: Callable[[v1.Hash], v1.Layer] | None = getattr(index, "layer", None)
    return found


def own_method(described: object, method: str) -> Any:
    """The method of the object itself, below what completed it (Go's ``unwrap``)."""
    while (core := getattr(described, "core", None)) is not None:
        described = core
    return getattr(described, method, None)
