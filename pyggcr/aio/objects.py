"""Base classes of objects whose methods are awaited, and ``Stream``.

Each object here wraps one that blocks and calls its methods in worker threads. No method or
property reads a file, hashes, compresses or uses the network in the event loop.
"""

from __future__ import annotations

import functools
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from pyggcr.aio.threads import opened, run, settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Concatenate, Generic, TypeVar, cast

    from typing_extensions import ParamSpec, Self

    P = ParamSpec("P")
else:
    from pyggcr._typing import Generic, TypeVar, cast

__all__ = ["AsyncClient", "AsyncObject", "Stream", "unwrapping"]


_T = TypeVar("_T")
_Wrapped = TypeVar("_Wrapped")

# How much of a stream ``async for`` reads at a time.
_CHUNK_SIZE = 1 << 18


class _Awaited(Generic[_Wrapped]):
    """What objects of both kinds have in common."""

    _wrapped: _Wrapped | None

    def _ready(self) -> _Wrapped:
        """The object that does the work; called in a thread."""
        return cast(_Wrapped, self._wrapped)

    async def _call(
        self, method: Callable[Concatenate[Any, P], _T], /, *arguments: P.args, **options: P.kwargs
    ) -> _T:
        """What a method of the wrapped object returns, which is called in a thread."""
        call = cast("Callable[..., _T]", self._call_in_thread)
        return await run(call, method.__name__, *arguments, **options)

    async def _open(
        self,
        method: Callable[Concatenate[Any, P], _T],
        /,
        *arguments: P.args,
        **options: P.kwargs,
    ) -> _T:
        """``_call`` for what has to be closed, also where the task was cancelled."""
        call = cast("Callable[..., _T]", self._call_in_thread)
        return await opened(call, method.__name__, *arguments, **options)

    def _call_in_thread(self, method: str, *arguments: Any, **options: Any) -> Any:
        return unwrapping(getattr(self._ready(), method))(*arguments, **options)

    async def close(self) -> None:
        """Release the files and connections of the object.

        Closing it again has no effect. If the task is cancelled meanwhile, closing still completes.
        """
        await settled(self._close_in_thread)

    def _close_in_thread(self) -> None:
        close = getattr(self._ready(), "close", None)
        if close is not None:
            close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        if self._wrapped is None:
            return f"<aio {type(self).__name__}>"
        return f"<aio {repr(self._wrapped).removeprefix('<').removesuffix('>')}>"


class AsyncObject(_Awaited[_Wrapped]):
    """An object whose methods are awaited; ``async with`` closes it.

    Args:
        wrapped: the object that does the work.
    """

    def __init__(self, wrapped: _Wrapped) -> None:
        self._wrapped = wrapped

    @property
    def wrapped(self) -> _Wrapped:
        """The object that does the work: its methods block, so call them by ``aio.run``."""
        return cast(_Wrapped, self._wrapped)


class AsyncClient(_Awaited[_Wrapped]):
    """An object that is made at its first use, in a thread, because making it reads files.

    Args:
        make: makes the object that does the work.
    """

    def __init__(self, make: Callable[[], _Wrapped]) -> None:
        self._wrapped = None
        self._make = make
        self._lock = threading.Lock()

    def _ready(self) -> _Wrapped:
        with self._lock:
            if self._wrapped is None:
                self._wrapped = self._make()
            return self._wrapped

    async def __aenter__(self) -> Self:
        await run(self._ready)
        return self


class Stream(AsyncObject[io.RawIOBase]):
    """A stream of bytes whose reads are awaited; ``async for`` gives it in pieces.

    >>> import asyncio
    >>> from pyggcr import aio
    >>> async def main():
    ...     layer = await aio.crane.layer({"hello.txt": b"Hello"})
    ...     async with await layer.uncompressed() as stream:
    ...         return len(b"".join([piece async for piece in stream]))
    >>> asyncio.run(main())
    2048
    """

    async def read(self, size: int = -1) -> bytes:
        """Read from the stream.

        Args:
            size: how many bytes to read at most; a negative number reads to the end.

        Returns:
            The bytes, which may be fewer than ``size``; empty at the end.

        Raises:
            Error: any error of the layer that the stream belongs to.
        """
        return await self._call(io.RawIOBase.read, size) or b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self.read(_CHUNK_SIZE):
            yield piece


def unwrapping(function: Callable[..., _T]) -> Callable[..., _T]:
    """Make a function take objects of ``pyggcr.aio`` in place of those that they wrap.

    Args:
        function: a function that blocks.

    Returns:
        The function, for a thread.
    """

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> _T:
        return function(*map(_unwrapped, arguments), **options)

    return call


def _unwrapped(given: Any) -> Any:
    if isinstance(given, AsyncObject):
        return given.wrapped
    if isinstance(given, Mapping):
        return {key: _unwrapped(value) for key, value in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(map(_unwrapped, given))
    if isinstance(given, Iterator) and not hasattr(given, "read"):
        return map(_unwrapped, given)
    return given
