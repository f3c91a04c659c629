"""Limits on work that can take long: timeout, cancellation, progress.

``limit`` sets them for everything that runs inside its ``with`` block, on either engine; the
engines ask ``current()`` between chunks of data. This mirrors ``context.Context`` in Go. No engine
code belongs here.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
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
    "inner",
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
    """How far a call has come.

    Attributes:
        bytes_read: bytes of archives, streams and registries that were read so far; those that are
            read again count once.
        bytes_sent: bytes of blobs and archives that registries and daemons have taken so far; those
            that are sent again count once.
    """

    bytes_read: int
    bytes_sent: int = 0


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


_MOST_RANGES = 1024
_numbers = itertools.count(1)


class Ranges:
    """Which bytes of something were met: ranges of offsets that neither overlap nor touch.

    There are never many: when an archive was read here and there, the shortest are forgotten, which
    are those of headers. native/ranges.go does the same.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> int:
        """Add a range; how many of its bytes are new.

        >>> ranges = Ranges()
        >>> ranges.add(0, 10), ranges.add(5, 12), ranges.add(0, 12)
        (10, 2, 0)
        """
        if start >= end:
            return 0
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        known = 0
        low, high = start, end
        for at in range(first, last):
            known += max(0, min(end, self._ends[at]) - max(start, self._starts[at]))
            low, high = min(low, self._starts[at]), max(high, self._ends[at])
        self._starts[first:last] = [low]
        self._ends[first:last] = [high]
        if len(self._starts) > _MOST_RANGES:
            self._forget()
        return end - start - known

    def _forget(self) -> None:
        pairs = list(zip(self._starts, self._ends, strict=True))
        longest = sorted(pairs, key=lambda it: it[0] - it[1])[: _MOST_RANGES // 2]
        longest.sort()
        self._starts = [start for start, _ in longest]
        self._ends = [end for _, end in longest]


@dataclass(slots=True)
class Counter:
    """Counts the bytes of a call and of all calls inside it, from any thread.

    Attributes:
        number: what the Go engine knows it by.
    """

    progress: Callable[[Progress], None]
    bytes_read: int = 0
    bytes_sent: int = 0
    number: int = field(default_factory=lambda: next(_numbers))
    _ranges: dict[Hashable, Ranges] = field(default_factory=dict)
    _told: tuple[int, int] = (0, 0)
    _told_at: float = 0.0
    _thread: int = field(default_factory=threading.get_ident)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inner(self, progress: Callable[[Progress], None]) -> Counter:
        """A counter for threads that work for this one, which knows what was counted already."""
        return Counter(progress, number=self.number, _ranges=self._ranges, _lock=self._lock)

    def add(self, read: int, sent: int = 0) -> None:
        """Count bytes, and report them now and then."""
        with self._lock:
            self.bytes_read += read
            self.bytes_sent += sent
        self._report()

    def add_range(self, source: Hashable, start: int, end: int) -> None:
        """Count those bytes of a source that were not read before."""
        with self._lock:
            ranges = self._ranges.get(source)
            if ranges is None:
                ranges = self._ranges[source] = Ranges()
            self.bytes_read += ranges.add(start, end)
        self._report()

    def _report(self) -> None:
        if threading.get_ident() == self._thread:
            now = time.monotonic()
            if now - self._told_at >= _REPORT_EVERY:
                self._told_at = now
                self._tell()

    def finish(self) -> None:
        """Report what was not reported yet."""
        if (self.bytes_read, self.bytes_sent) != self._told:
            self._tell()

    def _tell(self) -> None:
        self._told = self.bytes_read, self.bytes_sent
        self.progress(Progress(*self._told))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force: ``deadline`` is a ``time.monotonic()`` value in seconds."""

    deadline: float | None = None
    token: CancelToken | None = None
    counter: Counter | None = None

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

    def advance_at(self, source: Hashable, offset: int, size: int) -> None:
        """``advance`` for bytes at an offset of a source; those that are read again count once."""
        self.check()
        if self.counter is not None:
            self.counter.add_range(source, offset, offset + size)

    def count(self, read: int, sent: int = 0) -> None:
        """Count bytes that were read or sent, and report progress now and then.

        Threads that work for the call count; only the one that made it reports.
        """
        if self.counter is not None:
            self.counter.add(read, sent)


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
        counter=Counter(progress) if progress is not None else outer.counter,
    )
    reset = _current.set(limits)
    try:
        yield limits
    finally:
        _current.reset(reset)
    if progress is not None and limits.counter is not None:
        limits.counter.finish()


@contextlib.contextmanager
def inner(cancel: CancelToken, progress: Callable[[Progress], None]) -> Iterator[Limits]:
    """The same limits for threads that work for the caller, under a token of their own.

    Args:
        cancel: the token.
        progress: called as for ``limit``, if the caller wants to know; bytes that were counted for
            the caller do not count again.
    """
    outer = _current.get()
    counter = None if outer.counter is None else outer.counter.inner(progress)
    limits = Limits(deadline=outer.deadline, token=cancel, counter=counter)
    reset = _current.set(limits)
    try:
        yield limits
    finally:
        _current.reset(reset)
    if counter is not None:
        counter.finish()
