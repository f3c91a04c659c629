"""Clients that tasks share, and that are replaced after a failure.

A client remembers what has failed as well: a layer that could not be sent, a registry that did not
answer. What comes after a failure begins with a new one; those that are in use stay open.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from pyggcr import remote
from pyggcr._os.closeable import Closeable
from pyggcr.crane.attached import Target

__all__ = ["Clients"]


class _Pair:
    """A reader and a writer with one set of options."""

    def __init__(self, options: remote.ConnectionOptions) -> None:
        with contextlib.ExitStack() as stack:
            puller = stack.enter_context(remote.Puller(**options))
            pusher = stack.enter_context(remote.Pusher(**options))
            self.target = Target(options, puller, pusher, {})
            self._open = stack.pop_all()
        self.users = 0
        self.is_spoiled = False

    def close(self) -> None:
        self._open.close()


class Clients(Closeable):
    """Gives tasks the clients that are in use."""

    def __init__(self, options: remote.ConnectionOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._pair: _Pair | None = None

    @contextlib.contextmanager
    def in_use(self) -> Iterator[Target]:
        """The clients; what it raises spoils them for those who come later."""
        pair = self._take()
        try:
            yield pair.target
        except BaseException:
            pair.is_spoiled = True
            raise
        finally:
            self._give_back(pair)

    def _take(self) -> _Pair:
        with self._lock:
            if self._pair is None or self._pair.is_spoiled:
                old, self._pair = self._pair, _Pair(self._options)
                if old is not None and not old.users:
                    old.close()
            self._pair.users += 1
            return self._pair

    def _give_back(self, pair: _Pair) -> None:
        with self._lock:
            pair.users -= 1
            if not pair.users and pair is not self._pair:
                pair.close()

    def close(self) -> None:
        """Close the clients in use. Idempotent."""
        with self._lock:
            pair, self._pair = self._pair, None
        if pair is not None:
            pair.close()
