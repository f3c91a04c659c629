"""Work in a thread that ends when its task is cancelled.

``run`` calls a function, ``opened`` a function whose result has to be closed, ``settled`` one that
must run to its end. None of them returns while its thread still works.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from contextvars import copy_context

from pyggcr import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from typing_extensions import ParamSpec

    P = ParamSpec("P")
else:
    from pyggcr._typing import TypeVar


T = TypeVar("T")

__all__ = ["opened", "run", "settled"]

_PROGRESS = "progress"


async def run(function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function in a worker thread.

    If the task is cancelled, so is the work: it runs under a token of ``pyggcr.limits``, which
    every function of pyggcr checks. The task ends when the work has ended.

    Args:
        function: any function that blocks.
        arguments: its arguments.
        options: its keyword arguments. A ``progress`` is called in the event loop, not in the
            thread. ``cancel`` is refused: cancel the task instead.

    Returns:
        What the function returns.

    Raises:
        TypeError: ``cancel`` is given, or the function is a coroutine function.
        Exception: whatever the function raises.

    >>> from pyggcr import aio, random
    >>> import asyncio
    >>> asyncio.run(aio.run(random.image, 16, 1)).layers()[0].size() > 0
    True
    """
    token = limits.CancelToken(limits.current().token)
    return await _finished(_work(function, token, arguments, options), token)


async def opened(function: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> T:
    """Call a function like ``run`` does, and close its result if the task was cancelled.

    Args:
        function: a function that returns something new, which may have a ``close``.
        arguments: its arguments.
        options: its keyword arguments.

    Returns:
        What the function returns.

    Raises:
        TypeError: as ``run``.
        Exception: whatever the function raises.
    """
    token = limits.CancelToken(limits.current().token)
    work = _work(function, token, arguments, options)
    return await _finished(work, token, discard=_close)


def _close(it: Any) -> None:
    if hasattr(it, "close"):
        it.close()


async def settled(function: Callable[[], T]) -> T:
    """Call a function in a worker thread without limits, also where the task is cancelled.

    For what must be done in any case, such as closing a file.

    Args:
        function: a function that ends soon.

    Returns:
        What the function returns.

    Raises:
        Exception: whatever the function raises.
    """

    def work() -> T:
        limits.lift()
        return function()

    return await _finished(work, limits.CancelToken())


def _work(
    function: Callable[..., T],
    token: limits.CancelToken,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Callable[[], T]:
    """A function for the thread, which checks the limits before it starts."""
    if options.get("cancel") is not None:
        raise TypeError("cancel the task, or set a token for it by pyggcr.limits.limit")
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__qualname__} does not block: await it directly")
    progress = options.get(_PROGRESS)
    if progress is not None:
        loop = asyncio.get_running_loop()
        options[_PROGRESS] = functools.partial(loop.call_soon_threadsafe, progress)

    def work() -> T:
        with limits.limit(cancel=token):
            if token.cancelled:  # while it waited for a thread
                limits.current().check()
            return function(*arguments, **options)

    return work


async def _finished(
    work: Callable[[], T],
    token: limits.CancelToken,
    discard: Callable[[T], None] | None = None,
) -> T:
    """Wait for work in a thread; on cancellation stop it, wait for its end and discard its result.

    Cancelling again while it ends changes nothing.
    """
    running = asyncio.get_running_loop().run_in_executor(None, copy_context().run, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        token.cancel()
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue
        # To ask for the exception also keeps asyncio from reporting it as lost.
        if running.exception() is None and discard is not None:
            await settled(functools.partial(discard, running.result()))
        raise
