"""For asyncio: ``remote``, ``crane``, ``daemon``, ``tarball`` and ``validate``.

Each function takes the arguments of its namesake, works in a thread, and returns the same result.
Cancelling the task cancels the work, on the Go engine too; the task ends when the work has ended.
The methods of images and layers may have to fetch something: ``await aio.run(image.layers)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr.aio.threads import run

if TYPE_CHECKING:
    from pyggcr.aio import crane, daemon, remote, tarball, validate

__all__ = ["crane", "daemon", "remote", "run", "tarball", "validate"]


def __getattr__(name: str) -> object:
    import importlib

    if name not in __all__:
        raise AttributeError(f"module 'pyggcr.aio' has no attribute {name!r}")
    return importlib.import_module(f"pyggcr.aio.{name}")
