"""``pyggcr.tarball`` for asyncio: the same functions, to be awaited."""

from __future__ import annotations

from pyggcr import tarball
from pyggcr.aio.threads import awaitable

__all__ = [
    "image",
    "image_from_path",
    "layer_from_opener",
    "layer_from_path",
    "load_manifest",
]

image = awaitable(tarball.image)
image_from_path = awaitable(tarball.image_from_path)
layer_from_opener = awaitable(tarball.layer_from_opener)
layer_from_path = awaitable(tarball.layer_from_path)
load_manifest = awaitable(tarball.load_manifest)
