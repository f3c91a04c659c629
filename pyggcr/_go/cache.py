"""Layers that were read before: pkg/v1/cache through native/cache.go.

Writing and deleting are derived from the library's table.
"""

from __future__ import annotations

from pyggcr._go import derive, options
from pyggcr._go.arguments import CalledBack
from pyggcr._go.table import function

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr import v1
    from pyggcr._values.cache import Cache

__all__ = ["get", "image", "image_index"]


def get(*, folder: str, digest: v1.Hash, gzip_profile: str) -> v1.Layer:
    """Read a layer from a folder (``Cache.Get``)."""
    options.check(gzip_profile)
    found: v1.Layer = function("cache.Get")(folder, digest)
    return found


def image(*, image: v1.Image, cache: Cache, gzip_profile: str) -> v1.Image:
    """Take an image's layers from a cache (``cache.Image``)."""
    options.check(gzip_profile)
    found: v1.Image = function("cache.Image")(_asked(image, cache), cache)
    return found


def image_index(*, index: v1.ImageIndex, cache: Cache, gzip_profile: str) -> v1.ImageIndex:
    """Take the layers of an index's images from a cache (``cache.ImageIndex``)."""
    options.check(gzip_profile)
    found: v1.ImageIndex = function("cache.ImageIndex")(_asked(index, cache), cache)
    return found


def _asked(value: v1.Image | v1.ImageIndex, cache: Cache) -> object:
    """What Go takes: a cache of Python can only put layers that Python knows."""
    return CalledBack(value) if cache.spec() is None else value


def __getattr__(name: str) -> Any:
    found = globals()[name] = derive.function("cache", name)
    return found
