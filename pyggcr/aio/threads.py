"""Run work in a thread, and cancel it with its task."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pyggcr import limits

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, Self

    P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["AsyncClient", "run"]

_PROGRESS = "progress"


async def run(function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a thread, and wait for its result.

    If the task is cancelled, so is the work: it runs under a token of ``pyggcr.limits``. A callback
    ``progress`` is called in the event loop.

    Args:
        function: the function.
        arguments: its arguments.
        options: its keyword arguments; ``cancel`` is refused, because cancelling the task does
            that.

    Returns:
        What the function returns. What it raises is raised unchanged.

    Raises:
        TypeError: ``cancel`` was given.
    """
    if options.get("cancel") is not None:
        raise TypeError("cancel the task, or set a token for it by pyggcr.limits.limit")
    loop = asyncio.get_running_loop()
    token = limits.CancelToken(limits.current().token)
    progress: Any = options.get(_PROGRESS)
    if progress is not None:
        options[_PROGRESS] = functools.partial(loop.call_soon_threadsafe, progress)

    def work() -> T:
        with limits.limit(cancel=token):
            return function(*arguments, **options)

    running = loop.run_in_executor(None, copy_context().run, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        token.cancel()
        # Nothing shall go on behind the back of who cancelled it.
        with contextlib.suppress(Exception):
            await running
        raise


class _Closeable(Protocol):
    def close(self) -> None: ...


class AsyncClient:
    """The base class of the clients for asyncio: ``async with``, and ``close`` to be awaited."""

    def __init__(self, inner: _Closeable) -> None:
        self._inner = inner

    async def close(self) -> None:
        """Close idle connections and refuse further calls.

        Closing it again has no effect.
        """
        await run(self._inner.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.close()
