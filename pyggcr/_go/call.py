"""Calls that can last: the twin of native/call.go.

The library answers within a slice of some milliseconds, if only with "still running"; between
slices Python sees to signals, the limits of ``pyggcr.limits`` and progress. So Ctrl-C, timeouts
and tokens work at once, from any thread, without a thread of our own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from pyggcr._go import library
from pyggcr._go.error import exception
from pyggcr.limits import Limits, current

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._go.opener import Files

__all__ = ["ask", "ask_now", "check", "data", "handle", "nothing", "number", "text"]

_T = TypeVar("_T")

_NO_TIMEOUT = -1
_NANOSECONDS = 1_000_000_000
_LONGEST = 1e9  # seconds; Go's durations end at 292 years


def ask(
    read: Callable[[Any, Any], _T], door: str, *arguments: object, opener: Files | None = None
) -> _T:
    """Call a door that takes a timeout, under the limits in force.

    Args:
        read: takes cffi's ``ffi`` and the ``pyggcr_result``, and copies the answer out of it.
        door: the function's name in pyggcr.h, without ``pyggcr_``.
        arguments: all but the timeout and the result.
        opener: whose exception to raise when Go says that it raised one.
    """
    loaded = library.load()
    ffi, lib = loaded.ffi, loaded.lib
    limits = current()
    limits.check()
    result = ffi.new("pyggcr_result *")
    counted = 0
    try:
        status = getattr(lib, "pyggcr_" + door)(*_nulls(ffi, arguments), _timeout(limits), result)
        while status == lib.PYGGCR_RUNNING:
            limits.advance(result.bytes_read - counted)
            counted = result.bytes_read
            status = lib.pyggcr_call_wait(result.handle, lib.PYGGCR_SLICE_MS, result)
        check(ffi, lib, status, result, opener)
        limits.count(result.bytes_read - counted)
        answer = read(ffi, result)
        result.handle = 0
        return answer
    finally:
        if result.handle:
            # Interrupted: by a signal, a limit or the user's progress function.
            lib.pyggcr_release(result.handle)
        lib.pyggcr_result_clear(result)


def ask_now(read: Callable[[Any, Any], _T], door: str, *arguments: object) -> _T:
    """Call a door that does not last and takes no timeout."""
    loaded = library.load()
    ffi, lib = loaded.ffi, loaded.lib
    result = ffi.new("pyggcr_result *")
    try:
        check(ffi, lib, getattr(lib, "pyggcr_" + door)(*_nulls(ffi, arguments), result), result)
        return read(ffi, result)
    finally:
        lib.pyggcr_result_clear(result)


def check(ffi: Any, lib: Any, status: int, result: Any, opener: Files | None = None) -> None:
    """Raise what the library says went wrong; the one place that does."""
    if status == lib.PYGGCR_OK:
        return
    if status == lib.PYGGCR_OPENER_RAISED and opener is not None and opener.raised is not None:
        raise opener.raised
    raise exception(ffi, result.error)


def _nulls(ffi: Any, arguments: tuple[object, ...]) -> list[object]:
    return [ffi.NULL if argument is None else argument for argument in arguments]


def _timeout(limits: Limits) -> int:
    if limits.deadline is None:
        return _NO_TIMEOUT
    left = min(limits.deadline - time.monotonic(), _LONGEST)
    return max(0, int(left * _NANOSECONDS))


def nothing(_ffi: Any, _result: Any) -> None:
    """The answer of a door that only can fail."""


def number(_ffi: Any, result: Any) -> int:
    """An answer that is a number."""
    value: int = result.number
    return value


def handle(_ffi: Any, result: Any) -> int:
    """An answer that is a new handle; the caller owns it."""
    value: int = result.handle
    return value


def data(ffi: Any, result: Any) -> bytes:
    """An answer in bytes."""
    value: bytes = ffi.unpack(result.data, result.size)
    return value


def text(ffi: Any, result: Any) -> str:
    """An answer in text, as Go's bytes."""
    return data(ffi, result).decode("utf-8", "surrogateescape")
