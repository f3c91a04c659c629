"""Both manifest digests of an image whose layers go-containerregistry compresses itself.

The image is put together from an archive's files as the mirror door does it, so this works for
images that have no tag, and for archives that are compressed as a whole.
"""

from __future__ import annotations

import io
from dataclasses import replace

from pyggcr import partial, v1
from pyggcr._gostd.path import clean
from pyggcr.doctor.contents import SavedImage, SavedLayer
from pyggcr.doctor.report import Finding
from pyggcr.errors import CancelledError, Error, MismatchedLayersError, UnknownDiffIDError
from pyggcr.store.documents import DOCUMENT_LIMIT
from pyggcr.store.files import Files
from pyggcr.types import MediaType
from pyggcr.v1.tarball_manifest import OWN_LAYERS

__all__ = ["with_digests"]

# What each gzip profile stands for.
_PROFILES = {"go1.26": "Go <= 1.26", "go1.27": "Go >= 1.27"}


def with_digests(files: Files, image: SavedImage, found: Finding) -> Finding:
    """PYG008 of an image with both digests; any other finding as it is."""
    if found.code != "PYG008":
        return found
    digests = {}
    try:
        for profile in _PROFILES:
            digests[profile] = str(_manifest_digest(files, image, profile))
    except CancelledError:
        raise
    except Error as error:
        return replace(found, message=f"The manifest has no digest: {error}.")
    said = ", ".join(f"{digests[profile]} by {who}" for profile, who in _PROFILES.items())
    return replace(found, message=f"The manifest digest is {said}.", details=tuple(digests.items()))


def _manifest_digest(files: Files, image: SavedImage, profile: str) -> v1.Hash:
    """The digest of the manifest that the newest go-containerregistry makes of an image.

    Args:
        files: the archive's files.
        image: one whose layers it takes for uncompressed.
        profile: ``go1.26`` or ``go1.27``.

    Raises:
        Error: a layer cannot be read, or there are fewer than DiffIDs.
    """
    with partial.uncompressed_to_image(_Image(files, image), gzip_profile=profile) as made:
        return made.digest()


class _Image:
    """``partial.UncompressedImageCore`` over an archive's files."""

    def __init__(self, files: Files, image: SavedImage) -> None:
        self._files = files
        self._image = image

    def raw_config_file(self) -> bytes:
        return self._files.read(self._image.config_name, DOCUMENT_LIMIT)

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_MANIFEST_SCHEMA2

    def layer_by_diff_id(self, diff_id: v1.Hash) -> _Layer:
        if diff_id not in self._image.places:
            raise UnknownDiffIDError(f"diff id {diff_id} not found")
        number = self._image.places[diff_id]
        if number >= len(self._image.layers):
            raise MismatchedLayersError("there are more DiffIDs than layers")
        layer = self._image.layers[number]
        source = self._image.sources.get(diff_id)
        if source is not None and source.media_type not in OWN_LAYERS:
            return _ForeignLayer(self._files, layer, diff_id, source)
        return _Layer(self._files, layer, diff_id)


class _Layer:
    """``partial.UncompressedLayerCore`` over a file."""

    def __init__(self, files: Files, layer: SavedLayer, diff_id: v1.Hash) -> None:
        self._files = files
        self._layer = layer
        self._diff_id = diff_id
        self.anywhere = files.anywhere

    def diff_id(self) -> v1.Hash:
        return self._diff_id

    def uncompressed(self) -> io.RawIOBase:
        return self._files.open(clean(self._layer.way.name))

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_LAYER


class _ForeignLayer(_Layer):
    """A layer whose descriptor is what ``LayerSources`` says."""

    def __init__(
        self, files: Files, layer: SavedLayer, diff_id: v1.Hash, source: v1.Descriptor
    ) -> None:
        super().__init__(files, layer, diff_id)
        self._source = source

    def descriptor(self) -> v1.Descriptor:
        return self._source

    def media_type(self) -> MediaType:
        return self._source.media_type
