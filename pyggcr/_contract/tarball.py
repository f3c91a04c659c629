"""pkg/v1/tarball: images in ``docker save`` archives, and layers from tar files."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    from pyggcr import v1
    from pyggcr.name import Tag
    from pyggcr.types import MediaType
    from pyggcr.v1.tarball_manifest import Descriptor
else:
    from pyggcr._typing import Protocol

__all__ = ["TarballEngine"]


class TarballEngine(Protocol):
    """What an engine has for archives and tar files.

    ``opener`` returns the archive as a new binary stream at each call. ``gzip_profile`` names the
    Go release whose gzip bytes are written for uncompressed layers; an engine that writes others
    raises ``UnsupportedOptionError``. ``layer_sources`` is ``patched`` or ``trusted``,
    ``compression`` is ``gzip`` or ``zstd``.
    """

    def image(
        self,
        *,
        opener: Callable[[], BinaryIO],
        tag: Tag | None,
        gzip_profile: str,
        layer_sources: str,
    ) -> v1.Image:
        """Open the image with this tag in an archive (``tarball.Image``)."""

    def image_from_path(
        self, *, path: str, tag: Tag | None, gzip_profile: str, layer_sources: str
    ) -> v1.Image:
        """Open the image with this tag in an archive (``tarball.ImageFromPath``)."""

    def load_manifest(self, *, opener: Callable[[], BinaryIO]) -> list[Descriptor]:
        """Read the entries of ``manifest.json`` (``tarball.LoadManifest``)."""

    def load_manifest_from_path(self, *, path: str) -> list[Descriptor]:
        """Read the entries of ``manifest.json`` of a file (``tarball.LoadManifest``)."""

    def layer_from_path(
        self,
        *,
        path: str,
        gzip_profile: str,
        compression: str,
        compression_level: int,
        media_type: MediaType,
        compressed_caching: bool,
    ) -> v1.Layer:
        """Make a layer of a tar file, compressed or not (``tarball.LayerFromFile``)."""

    def layer_from_opener(
        self,
        *,
        opener: Callable[[], BinaryIO],
        gzip_profile: str,
        compression: str,
        compression_level: int,
        media_type: MediaType,
        compressed_caching: bool,
    ) -> v1.Layer:
        """Make a layer of what a function opens (``tarball.LayerFromOpener``)."""
