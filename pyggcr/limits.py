"""Limits on work that can take long: timeout, cancellation, progress.

``limit`` sets them for everything that runs inside its ``with`` block, on either engine; the
engines check ``current()`` between chunks of data. This mirrors ``context.Context`` in Go. Any call
under a limit may raise ``CancelledError`` or ``DeadlineExceededError``. Engine code belongs
elsewhere.

>>> from pyggcr import random
>>> with limit(timeout=60):
...     len(random.image(16, 2).layers())
2
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

from pyggcr._dataclasses import dataclass, field
from pyggcr.errors import CancelledError, DeadlineExceededError, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypedDict, cast
else:
    from pyggcr._typing import TypedDict, cast


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
    """A token that cancels work from another thread.

    Many calls may share it. It cannot be reset.
    """

    __slots__ = ("_event", "_outer")

    def __init__(self, outer: CancelToken | None = None) -> None:
        """Make a token.

        Args:
            outer: another token, which cancels this one too; default none.
        """
        self._event = threading.Event()
        self._outer = outer

    def cancel(self) -> None:
        """Ask everything that runs under this token to stop, with a ``CancelledError``."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether ``cancel`` was called, of this token or an outer one."""
        return self._event.is_set() or (self._outer is not None and self._outer.cancelled)

    def __repr__(self) -> str:
        return f"<CancelToken{', cancelled' if self.cancelled else ''}>"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a call has got.

    Attributes:
        bytes_read: bytes read from archives, streams and registries; those that are read again
            count once.
        bytes_sent: bytes of blobs and archives that registries and daemons have accepted; those
            that are sent again count once.
    """

    bytes_read: int
    bytes_sent: int = 0


class CallOptions(TypedDict, total=False):
    """The arguments of ``limit``, as keyword arguments of a function.

    Attributes:
        timeout: seconds after which the call is aborted; default: no limit.
        cancel: a token whose ``cancel()`` aborts the call; default none.
        progress: called now and then with a ``Progress``; default none.
    """

    timeout: float | None
    cancel: CancelToken | None
    progress: Callable[[Progress], None] | None


def split(options: Mapping[str, Any]) -> tuple[CallOptions, dict[str, Any]]:
    """Split keyword arguments into the limits of a call and the rest.

    Args:
        options: keyword arguments.

    Returns:
        The limits, and the others.
    """
    limits: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in options.items():
        (limits if key in CallOptions.__annotations__ else rest)[key] = value
    return cast(CallOptions, limits), rest


def check_known(
    options: Mapping[str, Any], known: Collection[str] = CallOptions.__annotations__
) -> None:
    """Refuse unknown keyword arguments, and suggest the closest known ones.

    Args:
        options: keyword arguments.
        known: the names that are allowed; default: those of ``CallOptions``.

    Raises:
        TypeError: an argument is unknown.

    Examples:
        >>> check_known({"plaform": "linux/arm64"}, ["platform"])
        Traceback (most recent call last):
        TypeError: unexpected option 'plaform'; did you mean 'platform'?
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
    """The bytes of something that were seen, as ranges of offsets that neither overlap nor touch.

    There are never many: when an archive was read here and there, the shortest ranges, which are
    those of headers, are forgotten. native/ranges.go does the same.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> int:
        """Add a range.

        Args:
            start: its first offset.
            end: the offset after its last one.

        Returns:
            How many of its bytes are new.

        Examples:
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
        progress: called with a ``Progress`` in the thread that made the counter.
        bytes_read: bytes read so far.
        bytes_sent: bytes sent so far.
        number: the number of the counter in the Go engine.
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
        """Make a counter for threads that work for the caller, which counts no byte again.

        Args:
            progress: called with a ``Progress`` of the new counter.

        Returns:
            The new counter.
        """
        return Counter(progress, number=self.number, _ranges=self._ranges, _lock=self._lock)

    def add(self, read: int, sent: int = 0) -> None:
        """Count bytes, and report them now and then.

        Args:
            read: bytes read.
            sent: bytes sent; default 0.
        """
        with self._lock:
            self.bytes_read += read
            self.bytes_sent += sent
        self._report()

    def add_range(self, source: Hashable, start: int, end: int) -> None:
        """Count those bytes of a source that were not read before.

        Args:
            source: identifies the source.
            start: the first offset.
            end: the offset after the last one.
        """
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
    """The limits in force.

    Attributes:
        deadline: a time of ``time.monotonic()`` in seconds; ``None`` for no limit.
        token: the token that cancels the work; ``None`` for none.
        counter: counts bytes for progress; ``None`` if nobody asks.
    """

    deadline: float | None = None
    token: CancelToken | None = None
    counter: Counter | None = None

    def check(self) -> None:
        """Raise an error if the work has to stop.

        Raises:
            CancelledError: the token was cancelled.
            DeadlineExceededError: the deadline has passed.
        """
        if self.token is not None and self.token.cancelled:
            raise CancelledError(_CANCELLED)
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise DeadlineExceededError(_DEADLINE)

    def advance(self, size: int) -> None:
        """Check the limits, and count bytes that were read.

        Args:
            size: the number of bytes.

        Raises:
            CancelledError: the token was cancelled.
            DeadlineExceededError: the deadline has passed.
        """
        self.check()
        self.count(size)

    def advance_at(self, source: Hashable, offset: int, size: int) -> None:
        """Check the limits, and count bytes that were read at an offset, each once.

        Args:
            source: identifies the source, such as a file.
            offset: of the first byte.
            size: the number of bytes.

        Raises:
            CancelledError: the token was cancelled.
            DeadlineExceededError: the deadline has passed.
        """
        self.check()
        if self.counter is not None:
            self.counter.add_range(source, offset, offset + size)

    def count(self, read: int, sent: int = 0) -> None:
        """Count bytes, and report progress now and then.

        Threads that work for the call count; only the thread that made the call reports.

        Args:
            read: bytes read.
            sent: bytes sent; default 0.
        """
        if self.counter is not None:
            self.counter.add(read, sent)


_NONE = Limits()
_current: ContextVar[Limits] = ContextVar("pyggcr_limits", default=_NONE)


def current() -> Limits:
    """Return the limits in force for this thread or task.

    Returns:
        The limits; without any, an object whose ``check`` does nothing.
    """
    return _current.get()


def pause(seconds: float) -> None:
    """Sleep, unless the work has to stop.

    Args:
        seconds: how long.

    Raises:
        CancelledError: the token was cancelled.
        DeadlineExceededError: the deadline has passed.
    """
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        current().check()
        time.sleep(min(left, _SLICE))
    current().check()


def lift() -> None:
    """Remove all limits from the calling thread or task.

    For code that runs in a context of its own, on behalf of an object that outlives the call that
    made it.
    """
    _current.set(_NONE)


@contextlib.contextmanager
def limit(
    *,
    timeout: float | None = None,
    cancel: CancelToken | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Limits]:
    """Limit all calls inside the ``with`` block.

    What is ``None`` is inherited from an outer block.

    Args:
        timeout: seconds from now; an earlier deadline of an outer block still applies.
        cancel: a token whose ``cancel()`` makes running calls raise ``CancelledError``.
        progress: called now and then, and at the end, in the calling thread, with a ``Progress``
            that counts everything read or sent inside the block.

    Yields:
        The limits.

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
    """Apply the same limits to threads that work for the caller, with another token.

    Args:
        cancel: the token.
        progress: called as for ``limit``, if the caller wants reports; bytes that were counted for
            the caller do not count again.

    Yields:
        The limits.
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
