"""pkg/v1/cache: layers that are kept in files, or in a cache of the user's own."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
    from pyggcr._values.cache import Cache
else:
    from pyggcr._typing import Protocol

__all__ = ["CacheEngine"]


class CacheEngine(Protocol):
    """A folder of layers as Go keeps it, and images and indexes whose layers come from caches."""

    def get(self, *, folder: str, digest: v1.Hash, gzip_profile: str) -> v1.Layer:
        """Read a layer from a folder (``Cache.Get`` of ``cache.NewFilesystemCache``)."""

    def put(self, *, folder: str, layer: v1.Layer) -> v1.Layer:
        """Make a layer that a folder gets when it is read (``Cache.Put``)."""

    def delete(self, *, folder: str, digest: v1.Hash) -> None:
        """Delete a layer's file (``Cache.Delete``)."""

    def image(self, *, image: v1.Image, cache: Cache, gzip_profile: str) -> v1.Image:
        """Take an image's layers from a cache (``cache.Image``)."""

    def image_index(
        self, *, index: v1.ImageIndex, cache: Cache, gzip_profile: str
    ) -> v1.ImageIndex:
        """Take the layers of an index's images from a cache (``cache.ImageIndex``)."""
