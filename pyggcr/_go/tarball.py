"""Images, layers and manifests of archives: pkg/v1/tarball through native/tarball.go."""

from __future__ import annotations

from collections.abc import Callable

from pyggcr._go import options
from pyggcr._go.table import function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pyggcr import v1
    from pyggcr.name import Tag
    from pyggcr.types import MediaType
    from pyggcr.v1.tarball_manifest import Descriptor

__all__ = [
    "image",
    "image_from_path",
    "layer_from_opener",
    "layer_from_path",
    "load_manifest",
    "load_manifest_from_path",
]


def image_from_path(
    *, path: str, tag: Tag | None, gzip_profile: str, layer_sources: str
) -> v1.Image:
    """The image with this tag in the archive (``tarball.ImageFromPath``)."""
    options.check(gzip_profile, layer_sources)
    found: v1.Image = function("tarball.Image")(path, tag)
    return found


def image(
    *, opener: Callable[[], BinaryIO], tag: Tag | None, gzip_profile: str, layer_sources: str
) -> v1.Image:
    """The image with this tag in the archive that the opener opens (``tarball.Image``)."""
    options.check(gzip_profile, layer_sources)
    found: v1.Image = function("tarball.Image")(opener, tag)
    return found


def load_manifest(*, opener: Callable[[], BinaryIO]) -> list[Descriptor]:
    """What ``manifest.json`` says of each image (``tarball.LoadManifest``)."""
    found: list[Descriptor] = function("tarball.LoadManifest")(opener)
    return found


def load_manifest_from_path(*, path: str) -> list[Descriptor]:
    """``load_manifest`` of a file."""
    found: list[Descriptor] = function("tarball.LoadManifest")(path)
    return found


def layer_from_path(
    *,
    path: str,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Layer:
    """A layer made of a tar file, compressed or not (``tarball.LayerFromFile``)."""
    options.check(gzip_profile)
    found: v1.Layer = function("tarball.LayerFromOpener")(
        path, compression, compression_level, media_type, compressed_caching
    )
    return found


def layer_from_opener(
    *,
    opener: Callable[[], BinaryIO],
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Layer:
    """A layer made of what the opener opens (``tarball.LayerFromOpener``)."""
    options.check(gzip_profile)
    found: v1.Layer = function("tarball.LayerFromOpener")(
        opener, compression, compression_level, media_type, compressed_caching
    )
    return found
