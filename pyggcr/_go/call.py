"""Calls of the library: the twin of native/call.go.

The library answers within a slice of some milliseconds, if only with "still running"; between
slices Python looks after signals, the limits of ``pyggcr.limits`` and progress. So Ctrl-C, timeouts
and tokens work at once, from any thread, without a thread of our own.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pyggcr._go import library
from pyggcr._go.error import exception
from pyggcr.limits import Limits, current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from pyggcr._go.opener import Source

__all__ = ["at_once", "check", "under_limits"]

_Sources: TypeAlias = "tuple[Source, ...]"
_Decoder: TypeAlias = "Callable[[Any, Any, _Sources], Any]"

_NO_TIMEOUT = -1
_NANOSECONDS = 1_000_000_000
_LONGEST = 1e9  # seconds; Go's durations end at 292 years


def under_limits(function: int, arguments: bytes, decode: _Decoder, sources: _Sources) -> Any:
    """Call a function that may last, under the limits in force.

    Args:
        function: its number in the library's table.
        arguments: encoded as native/argument.go reads them.
        decode: takes cffi's ``ffi``, the ``pyggcr_result`` and the sources, and copies the answer.
        sources: what may raise in Python because of the arguments.
    """
    loaded = library.load()
    ffi, lib = loaded.ffi, loaded.lib
    limits = current()
    limits.check()
    result = ffi.new(loaded.result)
    if limits.counter is not None:
        result.counter = limits.counter.number
    read = sent = 0
    try:
        status = lib.pyggcr_call(
            function, arguments, len(arguments), _timeout(limits), lib.PYGGCR_SLICE_MS, result
        )
        while status == lib.PYGGCR_RUNNING:
            limits.check()
            limits.count(result.bytes_read - read, result.bytes_sent - sent)
            read, sent = result.bytes_read, result.bytes_sent
            status = lib.pyggcr_call_wait(result.handle, lib.PYGGCR_SLICE_MS, result)
        if status:
            check(ffi, lib, status, result, sources)
        limits.count(result.bytes_read - read, result.bytes_sent - sent)
        answer = decode(ffi, result, sources)
        result.handle = 0
        return answer
    finally:
        if result.handle:
            # Interrupted: by a signal, a limit or the user's progress function.
            lib.pyggcr_release(result.handle)
        warned = result.warnings
        if result.data or result.error:
            lib.pyggcr_result_clear(result)
        if warned:
            from pyggcr._go.warnings import tell

            tell()


def at_once(function: int, arguments: bytes, decode: _Decoder) -> Any:
    """Call a function that never waits."""
    loaded = library.load()
    ffi, lib = loaded.ffi, loaded.lib
    result = ffi.new(loaded.result)
    try:
        status = lib.pyggcr_call(function, arguments, len(arguments), _NO_TIMEOUT, 0, result)
        if status:
            check(ffi, lib, status, result)
        return decode(ffi, result, ())
    finally:
        if result.data or result.error:
            lib.pyggcr_result_clear(result)


def check(ffi: Any, lib: Any, status: int, result: Any, sources: _Sources = ()) -> None:
    """Raise what the library says went wrong; the one place that does."""
    if status == lib.PYGGCR_OK:
        return
    told = status == lib.PYGGCR_OPENER_RAISED
    raised = [it.raised for it in sources if it.raised is not None and (told or it.decides)]
    if raised:
        # Several sources may have raised by now; the last one made this call fail.
        raise max(raised, key=lambda it: it.number).exception
    raise exception(ffi, result.error)


def _timeout(limits: Limits) -> int:
    if limits.deadline is None:
        return _NO_TIMEOUT
    left = min(limits.deadline - time.monotonic(), _LONGEST)
    return max(0, int(left * _NANOSECONDS))
