"""Limits on work that can take long: timeout, cancellation, progress.

``limit`` sets them for everything that runs inside its ``with`` block, on either engine; the
engines ask ``current()`` between chunks of data. This mirrors ``context.Context`` in Go. No engine
code belongs here.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, TypedDict, cast

from pyggcr._dataclasses import dataclass, field
from pyggcr.errors import CancelledError, DeadlineExceededError, UnsupportedOptionError

__all__ = [
    "CallOptions",
    "CancelToken",
    "Limits",
    "Progress",
    "check_known",
    "current",
    "lift",
    "limit",
    "pause",
    "split",
]

# The texts of context.Canceled and context.DeadlineExceeded.
_CANCELLED = "context canceled"
_DEADLINE = "context deadline exceeded"

_REPORT_EVERY = 0.05  # seconds between two reports of progress
_SLICE = 0.05  # seconds of a pause between two looks at the limits


class CancelToken:
    """Cancels work from another thread; may be shared by many calls and is final once set."""

    __slots__ = ("_event", "_outer")

    def __init__(self, outer: CancelToken | None = None) -> None:
        """Make a token, which counts as cancelled when the outer one is, too."""
        self._event = threading.Event()
        self._outer = outer

    def cancel(self) -> None:
        """Ask everything that runs under this token to stop; it raises ``CancelledError``."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._event.is_set() or (self._outer is not None and self._outer.cancelled)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call has come: bytes of archive or stream that were read so far."""

    bytes_read: int


class CallOptions(TypedDict, total=False):
    """What ``limit`` takes, as keyword arguments of a function.

    Attributes:
        timeout: seconds after which the call is aborted.
        cancel: a token whose ``cancel()`` aborts it.
        progress: called now and then with a ``Progress``.
    """

    timeout: float | None
    cancel: CancelToken | None
    progress: Callable[[Progress], None] | None


def split(options: Mapping[str, Any]) -> tuple[CallOptions, dict[str, Any]]:
    """Keyword arguments as the limits of a call, and the rest."""
    limits: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in options.items():
        (limits if key in CallOptions.__annotations__ else rest)[key] = value
    return cast(CallOptions, limits), rest


def check_known(options: Mapping[str, Any], known: Collection[str]) -> None:
    """Refuse keyword arguments that have no meaning, and name the closest that have one.

    >>> check_known({"plaform": "linux/arm64"}, ["platform"])
    Traceback (most recent call last):
    TypeError: unexpected option 'plaform'; did you mean 'platform'?

    Raises:
        TypeError: there is one.
    """
    unknown = [name for name in options if name not in known]
    if not unknown:
        return
    import difflib

    told = []
    for name in unknown:
        near = difflib.get_close_matches(name, known, 1)
        told.append(repr(name) + (f"; did you mean {near[0]!r}?" if near else ""))
    raise TypeError(f"unexpected option {', '.join(told)}")


@dataclass(slots=True)
class _Counter:
    """Counts the bytes of a call and of all calls inside it, from any thread."""

    progress: Callable[[Progress], None]
    bytes_read: int = 0
    _told: int = 0
    _told_at: float = 0.0
    _thread: int = field(default_factory=threading.get_ident)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, size: int) -> None:
        """Count bytes, and report them now and then."""
        with self._lock:
            self.bytes_read += size
        if threading.get_ident() == self._thread:
            now = time.monotonic()
            if now - self._told_at >= _REPORT_EVERY:
                self._told_at = now
                self._tell()

    def finish(self) -> None:
        """Report what was not reported yet."""
        if self.bytes_read != self._told:
            self._tell()

    def _tell(self) -> None:
        self._told = self.bytes_read
        self.progress(Progress(self._told))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force: ``deadline`` is a ``time.monotonic()`` value in seconds."""

    deadline: float | None = None
    token: CancelToken | None = None
    counter: _Counter | None = None

    def check(self) -> None:
        """Raise ``CancelledError`` or ``DeadlineExceededError`` when the work must stop."""
        if self.token is not None and self.token.cancelled:
            raise CancelledError(_CANCELLED)
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise DeadlineExceededError(_DEADLINE)

    def advance(self, size: int) -> None:
        """Count bytes that were read, report progress now and then, and ``check``."""
        self.check()
        self.count(size)

    def count(self, size: int) -> None:
        """Count bytes that were read, and report progress now and then.

        Threads that work for the call count; only the one that made it reports.
        """
        if self.counter is not None:
            self.counter.add(size)


_NONE = Limits()
_current: ContextVar[Limits] = ContextVar("pyggcr_limits", default=_NONE)


def current() -> Limits:
    """The limits that hold for the calling thread or task."""
    return _current.get()


def pause(seconds: float) -> None:
    """Sleep, unless the limits say that the work must stop.

    Raises:
        CancelledError: they do.
    """
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        current().check()
        time.sleep(min(left, _SLICE))
    current().check()


def lift() -> None:
    """Remove all limits from the calling thread or task.

    For code that runs in a context of its own, on behalf of what outlives the call that began it.
    """
    _current.set(_NONE)


@contextlib.contextmanager
def limit(
    *,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Limits]:
    """Limit all calls inside the ``with`` block; what is ``None`` is inherited.

    Args:
        timeout: seconds from now; an outer, earlier deadline still holds.
        cancel: a token; its ``cancel()`` makes running calls raise ``CancelledError``.
        progress: called now and then and at the end, in the calling thread, with a ``Progress``
            that counts all that is read inside the block.

    Raises:
        UnsupportedOptionError: the timeout is not a number.
    """
    if timeout is not None and math.isnan(timeout):
        raise UnsupportedOptionError("timeout is not a number")
    outer = _current.get()
    deadline = outer.deadline
    if timeout is not None:
        mine = time.monotonic() + timeout
        deadline = mine if deadline is None else min(deadline, mine)
    limits = Limits(
        deadline=deadline,
        token=cancel if cancel is not None else outer.token,
        counter=_Counter(progress) if progress is not None else outer.counter,
    )
    reset = _current.set(limits)
    try:
        yield limits
    finally:
        _current.reset(reset)
    if progress is not None and limits.counter is not None:
        limits.counter.finish()
