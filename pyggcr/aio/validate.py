"""``pyggcr.validate`` for asyncio: the same functions, to be awaited."""

from __future__ import annotations

from pyggcr import validate
from pyggcr.aio.threads import awaitable

__all__ = [
    "image",
    "layer",
]

image = awaitable(validate.image)
layer = awaitable(validate.layer)
