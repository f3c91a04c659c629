"""The manifest digests of an image whose layers go-containerregistry compresses itself.

The image is put together from an archive's files as ``tarball`` does it, but also if it has no tag
or the archive is compressed as a whole.
"""

from __future__ import annotations

from pyggcr import partial, v1
from pyggcr._dataclasses import replace
from pyggcr._gostd.gzip_options import PROFILES
from pyggcr._gostd.path import clean
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr._layers.saved_layers import ForeignLayer, PlainLayer, descriptors_of
from pyggcr.doctor.contents import SavedImage
from pyggcr.doctor.report import Finding, finding
from pyggcr.errors import CancelledError, Error, MismatchedLayersError, UnknownDiffIDError
from pyggcr.store.blobs import Blob
from pyggcr.store.files import Files
from pyggcr.types import MediaType

__all__ = ["with_digests"]

# What the gzip profiles stand for: by release on plain amd64, and by platform of Go 1.27.
_RELEASES = {"go1.26": "Go <= 1.26", "go1.27": "Go >= 1.27"}
_PLATFORMS = {
    "go1.27": "plain amd64",
    "go1.27-amd64v3": "amd64 with GOAMD64=v3",
    "go1.27-arm64": "arm64",
}


def with_digests(files: Files, image: SavedImage, found: Finding) -> list[Finding]:
    """PYG008 of an image with both digests, and PYG029 if it has more; others as they are."""
    if found.code != "PYG008":
        return [found]
    digests: dict[str, str] = {}
    try:
        for profile in PROFILES:
            digests[profile] = str(_manifest_digest(files, image, profile))
    except CancelledError:
        raise
    except Error as error:
        return [replace(found, message=f"The manifest has no digest: {error}.")]
    said, details = _digests(digests, _RELEASES, "by")
    findings = [replace(found, message=f"The manifest digest is {said}.", details=details)]
    said, details = _digests(digests, _PLATFORMS, "on")
    if len(set(dict(details).values())) > 1:
        message = f"The manifest digest by Go 1.27 is {said}."
        findings.append(finding("PYG029", found.place, message, details=dict(details)))
    return findings


def _digests(
    digests: dict[str, str], profiles: dict[str, str], word: str
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The digests of some profiles, for people and for programs."""
    said = ", ".join(f"{digests[profile]} {word} {who}" for profile, who in profiles.items())
    return said, tuple((profile, digests[profile]) for profile in profiles)


def _manifest_digest(files: Files, image: SavedImage, profile: str) -> v1.Hash:
    """The digest of the manifest that the newest go-containerregistry makes of an image.

    Args:
        files: the archive's files.
        image: one whose layers it takes for uncompressed.
        profile: one of Go's gzip profiles.

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
        self._sources = descriptors_of(image.sources, compressed=False)

    def raw_config_file(self) -> bytes:
        return self._files.read(self._image.config_name, DOCUMENT_LIMIT)

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_MANIFEST_SCHEMA2

    def layer_by_diff_id(self, diff_id: v1.Hash) -> PlainLayer:
        if diff_id not in self._image.positions:
            raise UnknownDiffIDError(f"diff id {diff_id} not found")
        number = self._image.positions[diff_id]
        if number >= len(self._image.layers):
            raise MismatchedLayersError("there are more DiffIDs than layers")
        file = Blob(self._files, clean(self._image.layers[number].way.name))
        source = self._sources.get(diff_id)
        if source is not None:
            return ForeignLayer(file, diff_id, source)
        return PlainLayer(file, diff_id, MediaType.DOCKER_LAYER)
