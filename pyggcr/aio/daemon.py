"""``pyggcr.daemon`` for asyncio: the same functions, to be awaited."""

from __future__ import annotations

from pyggcr import daemon
from pyggcr.aio.threads import awaitable

__all__ = ["image", "info", "load", "save", "tag", "write"]

image = awaitable(daemon.image)
info = awaitable(daemon.info)
load = awaitable(daemon.load)
save = awaitable(daemon.save)
tag = awaitable(daemon.tag)
write = awaitable(daemon.write)
