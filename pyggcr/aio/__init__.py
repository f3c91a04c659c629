"""For asyncio: ``remote``, ``crane``, ``daemon``, ``tarball`` and ``validate``.

Each function takes the arguments of its namesake, works in a worker thread, and gives the same
answer. The images, indexes, layers and streams that functions return are objects of this module,
whose methods are awaited too, so nothing blocks the event loop. Functions take these objects as
well as those of ``pyggcr``. ``aio.Image(image)`` wraps an image, ``image.wrapped`` is what it
wraps, and ``run`` calls any other function in a thread, such as ``mutate.time``.

Cancelling a task cancels its work, in Go too; the task ends when the work has ended.

>>> import asyncio
>>> from pyggcr import aio
>>> async def main():
...     async with await aio.crane.image({"hello.txt": b"Hello"}) as image:
...         config = await image.config_file()
...         [layer] = await image.layers()
...         return await layer.diff_id() == config.rootfs.diff_ids[0]
>>> asyncio.run(main())
True
"""

from __future__ import annotations

from pyggcr.aio.threads import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.aio import crane, daemon, remote, tarball, validate
    from pyggcr.aio.descriptor import RemoteDescriptor
    from pyggcr.aio.images import Image, ImageIndex, Layer
    from pyggcr.aio.objects import Stream

__all__ = [
    "Image",
    "ImageIndex",
    "Layer",
    "RemoteDescriptor",
    "Stream",
    "crane",
    "daemon",
    "remote",
    "run",
    "tarball",
    "validate",
]

_HOMES = {
    "Image": "images",
    "ImageIndex": "images",
    "Layer": "images",
    "RemoteDescriptor": "descriptor",
    "Stream": "objects",
}


def __getattr__(name: str) -> object:
    import importlib

    if name in _HOMES:
        return getattr(importlib.import_module(f"pyggcr.aio.{_HOMES[name]}"), name)
    if name not in __all__:
        raise AttributeError(f"module 'pyggcr.aio' has no attribute {name!r}")
    return importlib.import_module(f"pyggcr.aio.{name}")
