"""Threads for the length of one call: jobs beside each other, and the halves of a job too.

A job is a function that may run on any thread. A job that has more to do than one thread can
may hand the second half of its work to a ``Strand``: tasks that are done in order, by a thread
that has nothing else to do, else by the job's own. The calling thread works too, so on one
processor there are no threads at all. Hashing and codecs release the GIL, which is what makes
this worth while.
"""

from __future__ import annotations

import contextvars
import functools
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from pyggcr import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["AbandonedError", "Crew", "Job", "Strand"]

_T = TypeVar("_T")

_MAX_THREADS = 8  # beyond, reading is what takes the time, and each thread costs memory
_AHEAD = 2  # tasks that a job may be ahead of its strand; more cost memory and gain nothing
_LARGER_THAN_PIECES = 1 << 24
_POLL = 0.05  # seconds between two looks at the limits while there is nothing to do


class AbandonedError(Exception):
    """The crew is dismissed: the job's result is not wanted any more."""


class Job(Generic[_T]):
    """Work that was handed to a crew; ``result`` waits for it."""

    __slots__ = ("_crew", "_failure", "_value", "_work", "done")

    def __init__(self, crew: Crew, work: Callable[[], _T]) -> None:
        self._crew = crew
        self._work = work
        self._value: _T
        self._failure: BaseException | None = None
        self.done = False

    def run(self) -> None:
        """Do it now, in this thread."""
        try:
            self._value = self._work()
        except BaseException as error:  # raised where the result is asked for
            self._failure = error
            if not isinstance(error, Exception):
                raise  # Ctrl-C in the calling thread
        finally:
            self._crew.finish(self)

    def result(self) -> _T:
        """What the work returned, or raised. Until then the caller works for the crew."""
        self._crew.work_until(lambda: self.done)
        if self._failure is not None:
            raise self._failure
        return self._value


class Strand:
    """Tasks that are done one after the other, beside whoever gives them."""

    __slots__ = ("_busy", "_crew", "_failure", "_listed", "_tasks")

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._tasks: deque[Callable[[], None]] = deque()
        self._busy = False  # a thread is at a task
        self._listed = False  # the crew knows that there are tasks
        self._failure: Exception | None = None

    def put(self, task: Callable[[], None]) -> None:
        """Add a task; where nobody is free, or too much waits, help with the oldest first.

        Raises:
            Exception: what an earlier task raised.
            AbandonedError: the crew is dismissed.
        """
        self._tasks.append(task)
        while True:
            with self._crew.changed:
                self._check()
                if not self._busy and not self._listed and self._crew.idle:
                    self._listed = True
                    self._crew.list_strand(self)
                if len(self._tasks) <= (_AHEAD if self._busy or self._listed else 0):
                    return
                if self._busy:
                    self._crew.changed.wait(_POLL)
                    continue
                self._busy = True
            self._do_one()

    def finish(self) -> None:
        """Do, or wait for, what is left; raises as ``put``."""
        while True:
            with self._crew.changed:
                self._check()
                if not self._busy:
                    if not self._tasks:
                        return
                    self._busy = True
                else:
                    self._crew.changed.wait(_POLL)
                    continue
            self._do_one()

    def run(self) -> None:
        """Do tasks as long as there are any and nobody else does: for a thread of the crew."""
        while True:
            with self._crew.changed:
                self._listed = False
                if self._busy or not self._tasks or self._failure is not None:
                    return
                self._busy = True
            self._do_one()

    def _do_one(self) -> None:
        """Do the oldest task; the caller has claimed the strand."""
        failure: Exception | None = AbandonedError()  # should Ctrl-C come in between
        try:
            self._tasks.popleft()()
            failure = None
        except Exception as error:  # noqa: BLE001 - raised where tasks are given
            failure = error
        finally:
            with self._crew.changed:
                self._busy = False
                self._failure = failure
                self._crew.changed.notify_all()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._crew.check()


class Crew:
    """The calling thread and, while the ``with`` block lasts, others beside it.

    Limits of the call hold in all of them; progress is reported by the calling thread only.
    """

    def __init__(self, jobs: int) -> None:
        """Prepare for about so many jobs at once; more than one thread helps a single job too."""
        self.changed = threading.Condition(threading.Lock())
        self.idle = 0
        self._limits = limits.current()
        self._jobs: deque[Job[object]] = deque()
        self._strands: deque[Strand] = deque()
        self._dismissed = False
        self._threads: list[threading.Thread] = []
        self._wanted = min(_processors(), _MAX_THREADS, 2 * jobs) - 1

    def __enter__(self) -> Self:
        _keep_freed_memory()
        for number in range(self._wanted):
            context = contextvars.copy_context()
            thread = threading.Thread(
                target=context.run,
                args=(self._serve,),
                name=f"pyggcr-crew-{number + 1}",
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
            self._dismissed = True
            self._jobs.clear()
            self._strands.clear()
            self.changed.notify_all()
        for thread in self._threads:
            thread.join()

    def strand(self) -> Strand:
        """A new strand, for the job that runs in the calling thread."""
        return Strand(self)

    def in_order(self, works: Iterable[Callable[[], _T]], *, anywhere: bool) -> Iterator[_T]:
        """The results of all works, in their order; what one raises is raised at its turn.

        Args:
            works: functions; those that nobody has begun when the crew is dismissed are not done.
            anywhere: whether threads other than the calling one may do them.
        """
        if not anywhere:
            for work in works:
                yield work()
            return
        for job in [self.submit(work) for work in works]:
            yield job.result()

    def submit(self, work: Callable[[], _T]) -> Job[_T]:
        """Have the work done, by whichever thread is free first."""
        job = Job(self, work)
        with self.changed:
            self._jobs.append(job)  # type: ignore[arg-type]
            self.changed.notify()
        return job

    def check(self) -> None:
        """Raise ``AbandonedError`` once the crew is dismissed."""
        if self._dismissed:
            raise AbandonedError

    def finish(self, job: Job[_T]) -> None:
        """Mark a job as done and wake whoever waits for it."""
        with self.changed:
            job.done = True
            self.changed.notify_all()

    def list_strand(self, strand: Strand) -> None:
        """Let a free thread take up a strand; to be called with ``changed`` held."""
        self._strands.append(strand)
        self.changed.notify_all()

    def work_until(self, done: Callable[[], bool]) -> None:
        """Work for the crew until that is true: the calling thread's part.

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
                    if self._dismissed:
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
        if self._strands:
            return self._strands.popleft().run
        return None


@functools.cache
def _keep_freed_memory() -> None:
    """Let the C library keep the memory of one piece of a layer for the next.

    glibc gives blocks above a threshold back to the system when they are freed, and raises the
    threshold to the largest of them (mallopt(3), M_MMAP_THRESHOLD). So a large one, which is
    never written to, saves 60,000 page faults in 400 MB of gzip layers, and a sixth of the time.
    """
    bytes(_LARGER_THAN_PIECES)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1
