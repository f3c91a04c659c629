"""Threads for the duration of one call, which run jobs in parallel, and the two halves of a job.

A job is a function that may run on any thread. A job with more work than one thread can do may put
the second half into a ``SerialQueue``: its tasks run in order, on an idle thread, or else on the
job's own thread. The calling thread works too, so on one processor there are no further threads.
Hashing and codecs release the GIL, which is why this pays off.
"""

from __future__ import annotations

import contextvars
import functools
import os
import threading
from collections import deque

from pyggcr import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from typing import Generic, TypeVar

    from typing_extensions import Self
else:
    from pyggcr._typing import Generic, TypeVar

__all__ = ["AbandonedError", "Job", "SerialQueue", "WorkerPool", "processors"]

_T = TypeVar("_T")

_MAX_THREADS = 8  # beyond, reading is what takes the time, and each thread costs memory
_AHEAD = 2  # tasks that a job may be ahead of its queue; more cost memory and gain nothing
_LARGER_THAN_PIECES = 1 << 24
_POLL = 0.05  # seconds between two looks at the limits while there is nothing to do


class AbandonedError(Exception):
    """The pool is closed: nobody wants the job's result any more."""


class Job(Generic[_T]):
    """Work that was handed to a pool; ``result`` waits for it."""

    __slots__ = ("_failure", "_pool", "_value", "_work", "done")

    def __init__(self, pool: WorkerPool, work: Callable[[], _T]) -> None:
        self._pool = pool
        self._work = work
        self._value: _T
        self._failure: BaseException | None = None
        self.done: bool = False

    def run(self) -> None:
        """Do it now, in this thread."""
        try:
            self._value = self._work()
        except BaseException as error:  # raised where the result is asked for
            self._failure = error
            if not isinstance(error, Exception):
                raise  # Ctrl-C in the calling thread
        finally:
            self._pool.finish(self)

    def result(self) -> _T:
        """What the work returned, or raised. Until then the caller works for the pool."""
        self._pool.work_until(lambda: self.done)
        if self._failure is not None:
            raise self._failure
        return self._value


class SerialQueue:
    """Tasks that are done one after the other, beside whoever gives them."""

    __slots__ = ("_busy", "_failure", "_listed", "_pool", "_tasks")

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._tasks: deque[Callable[[], None]] = deque()
        self._busy = False  # a thread is at a task
        self._listed = False  # the pool knows that there are tasks
        self._failure: Exception | None = None

    def put(self, task: Callable[[], None]) -> None:
        """Add a task; where nobody is free, or too much waits, help with the oldest first.

        Raises:
            Exception: what an earlier task raised.
            AbandonedError: the pool is closed.
        """
        self._tasks.append(task)
        while True:
            with self._pool.changed:
                self._check()
                if not self._busy and not self._listed and self._pool.idle:
                    self._listed = True
                    self._pool.list_queue(self)
                if len(self._tasks) <= (_AHEAD if self._busy or self._listed else 0):
                    return
                if self._busy:
                    self._pool.changed.wait(_POLL)
                    continue
                self._busy = True
            self._do_one()

    def finish(self) -> None:
        """Do, or wait for, what is left; raises as ``put``."""
        while True:
            with self._pool.changed:
                self._check()
                if not self._busy:
                    if not self._tasks:
                        return
                    self._busy = True
                else:
                    self._pool.changed.wait(_POLL)
                    continue
            self._do_one()

    def run(self) -> None:
        """Do tasks as long as there are any and nobody else does: for a thread of the pool."""
        while True:
            with self._pool.changed:
                self._listed = False
                if self._busy or not self._tasks or self._failure is not None:
                    return
                self._busy = True
            self._do_one()

    def _do_one(self) -> None:
        """Do the oldest task; the caller has claimed the queue."""
        failure: Exception | None = AbandonedError()  # should Ctrl-C come in between
        try:
            self._tasks.popleft()()
            failure = None
        except Exception as error:  # noqa: BLE001 - raised where tasks are given
            failure = error
        finally:
            with self._pool.changed:
                self._busy = False
                self._failure = failure
                self._pool.changed.notify_all()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._pool.check()


class WorkerPool:
    """The calling thread and, while the ``with`` block lasts, others beside it.

    Limits of the call hold in all of them; progress is reported by the calling thread only.

    Attributes:
        size: how many threads there are, the calling one among them.
    """

    def __init__(self, jobs: int) -> None:
        """Prepare for about so many jobs at once; more than one thread helps a single job too."""
        self.changed: threading.Condition = threading.Condition(threading.Lock())
        self.idle: int = 0
        self._limits = limits.current()
        self._jobs: deque[Job[object]] = deque()
        self._queues: deque[SerialQueue] = deque()
        self._closed = False
        self._threads: list[threading.Thread] = []
        self.size: int = max(1, min(processors(), _MAX_THREADS, 2 * jobs))

    def __enter__(self) -> Self:
        _keep_freed_memory()
        for number in range(self.size - 1):
            context = contextvars.copy_context()
            thread = threading.Thread(
                target=context.run,
                args=(self._serve,),
                name=f"pyggcr-worker-{number + 1}",
                daemon=True,
            )
            try:
                thread.start()
            except RuntimeError:
                break  # the system has no more of them: the others do the work
            self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self.changed:
            self._closed = True
            self._jobs.clear()
            self._queues.clear()
            self.changed.notify_all()
        for thread in self._threads:
            thread.join()

    def serial_queue(self) -> SerialQueue:
        """A new queue, for the job that runs in the calling thread."""
        return SerialQueue(self)

    def in_order(self, tasks: Iterable[Callable[[], _T]], *, anywhere: bool) -> Iterator[_T]:
        """The results of all tasks, in their order; what one raises is raised at its turn.

        Args:
            tasks: functions; those that nobody has begun when the pool is closed are not run.
            anywhere: whether threads other than the calling one may do them.
        """
        if not anywhere:
            for work in tasks:
                yield work()
            return
        for job in [self.submit(work) for work in tasks]:
            yield job.result()

    def submit(self, work: Callable[[], _T]) -> Job[_T]:
        """Have the work done, by whichever thread is free first."""
        job = Job(self, work)
        with self.changed:
            self._jobs.append(job)  # type: ignore[arg-type]
            self.changed.notify()
        return job

    def check(self) -> None:
        """Raise ``AbandonedError`` once the pool is closed."""
        if self._closed:
            raise AbandonedError

    def finish(self, job: Job[_T]) -> None:
        """Mark a job as done and wake whoever waits for it."""
        with self.changed:
            job.done = True
            self.changed.notify_all()

    def list_queue(self, queue: SerialQueue) -> None:
        """Let a free thread take up a queue; to be called with ``changed`` held."""
        self._queues.append(queue)
        self.changed.notify_all()

    def work_until(self, done: Callable[[], bool]) -> None:
        """Work for the pool until that is true: the calling thread's part.

        Raises:
            CancelledError: the limits of the call say so.
        """
        while True:
            with self.changed:
                if done():
                    return
                work = self._next()
                if work is None:
                    self._rest(_POLL)
            if work is None:
                self._limits.advance(0)
            else:
                work()

    def _serve(self) -> None:
        while True:
            with self.changed:
                while (work := self._next()) is None:
                    if self._closed:
                        return
                    self._rest(None)
            work()

    def _rest(self, timeout: float | None) -> None:
        self.idle += 1
        try:
            self.changed.wait(timeout)
        finally:
            self.idle -= 1

    def _next(self) -> Callable[[], None] | None:
        if self._jobs:
            return self._jobs.popleft().run
        if self._queues:
            return self._queues.popleft().run
        return None


@functools.cache
def _keep_freed_memory() -> None:
    """Let the C library keep the memory of one piece of a layer for the next.

    glibc gives blocks above a threshold back to the system when they are freed, and raises the
    threshold to the largest of them (mallopt(3), M_MMAP_THRESHOLD). So a large one, which is
    never written to, saves 60,000 page faults in 400 MB of gzip layers, and a sixth of the time.
    """
    bytes(_LARGER_THAN_PIECES)


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1
