"""For asyncio: ``remote``, ``crane``, ``daemon``, ``tarball`` and ``validate``.

Each function takes the arguments of its namesake, works in a thread, and gives the same answer.
Cancelling the task cancels the work, in Go too; the task ends when the work has ended. What an
image or a layer answers may have to be fetched: ``await aio.run(image.layers)``.
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
