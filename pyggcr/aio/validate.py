"""``pyggcr.validate`` for asyncio: the same functions, to be awaited."""

from __future__ import annotations

from pyggcr import validate
from pyggcr.aio.threads import awaitable

__all__ = [
    "image",
    "index",
    "layer",
]

image = awaitable(validate.image)
index = awaitable(validate.index)
layer = awaitable(validate.layer)
