"""Work that is done once, however many threads ask for it: ``workers`` of pusher.go."""

from __future__ import annotations

import threading

from pyggcr import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["SharedTasks"]

_POLL = 0.05  # seconds between two looks at the limits


class SharedTasks:
    """What is done, and what somebody is at; each work has a key."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: set[Hashable] = set()
        self._done: set[Hashable] = set()

    def do(self, key: Hashable, work: Callable[[], None]) -> None:
        """Do it, or wait for whoever does; what failed is done again by the next who asks."""
        with self._changed:
            while key in self._running:
                self._changed.wait(_POLL)
                limits.current().check()
            if key in self._done:
                return
            self._running.add(key)
        done = False
        try:
            work()
            done = True
        finally:
            with self._changed:
                self._running.discard(key)
                if done:
                    self._done.add(key)
                self._changed.notify_all()

    def is_done(self, key: Hashable) -> bool:
        """Whether it is done."""
        return key in self._done

    def note(self, key: Hashable) -> None:
        """Take it for done."""
        with self._changed:
            self._done.add(key)
