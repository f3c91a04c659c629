"""Threads that wait for the network at the same time, for the duration of a call (errgroup).

The threads of a ``WorkerPool`` share the processors; these mostly wait, so there are as many as the
call has jobs. The first failure stops the others and is what the call raises.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
import time

from pyggcr import limits
from pyggcr.errors import CancelledError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["TaskGroup"]

_POLL = 0.05  # seconds between two looks at the limits while there is nothing to do
_PATIENCE = 0.5  # seconds to wait for threads that were told to stop; looking up a name may last


class TaskGroup:
    """Runs functions in threads of their own, at most ``jobs`` at once.

    Limits of the call hold in all of them; progress is reported by the calling thread.
    """

    def __init__(self, jobs: int) -> None:
        self.changed = threading.Condition()
        self._jobs = jobs
        self._running = 0
        self._failure: BaseException | None = None
        self._threads: list[threading.Thread] = []
        self._outer = limits.current()
        self._token = limits.CancelToken(self._outer.token)
        self._stopped = False
        self._seen = limits.Progress(0)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._limits = self._open.enter_context(limits.inner(self._token, self._forward))
        return self

    def _forward(self, progress: limits.Progress) -> None:
        """Report progress to the call around this group."""
        seen, self._seen = self._seen, progress
        self._outer.check()
        self._outer.count(
            progress.bytes_read - seen.bytes_read, progress.bytes_sent - seen.bytes_sent
        )

    def start(self, work: Callable[[], object]) -> None:
        """Run a function in a thread of its own, as soon as fewer than ``jobs`` run.

        Raises:
            Exception: what an earlier function raised.
        """
        self.wait_until(lambda: self._running < self._jobs)
        with self.changed:
            self._running += 1
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(self._do, work), name="pyggcr-transfer", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _do(self, work: Callable[[], object]) -> None:
        failure: BaseException | None = None
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised where the call waits
            failure = error
        with self.changed:
            self._running -= 1
            if failure is not None and self._failure is None:
                self._failure = failure
                self._stop()
            self.changed.notify_all()

    def _stop(self) -> None:
        self._stopped = True
        self._token.cancel()

    def finish(self) -> None:
        """Wait for all that was started; raises as ``start``."""
        self.wait_until(lambda: self._running == 0)

    def wait_until(self, done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until that is true, or for so many seconds; whether it is true."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self.changed:
                if self._failure is not None:
                    raise self._failure
                if done():
                    return True
                if deadline is not None and time.monotonic() >= deadline:
                    return False
                self.changed.wait(_POLL)
            if not self._stopped:
                self._limits.advance(0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failure = self._failure
        self._stop()
        deadline = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._open.close()
        if isinstance(error, CancelledError) and failure is not None:
            raise failure  # which is why the rest was told to stop
