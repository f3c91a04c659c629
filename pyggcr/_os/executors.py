"""Maps a function over tasks in an ``Executor``: threads, processes, a dask cluster, your own.

A bounded number of tasks is in flight, so that neither memory nor the executor's queue grows with
the work; and so many of each group at most, such as the requests to one registry. Tasks of workers
that died are done again: all that were in flight then, one at a time, so that one that kills its
worker each time is found and takes no other with it. What a task is, is the caller's business.
"""

from __future__ import annotations

import collections
import contextlib
import importlib
import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
)

from pyggcr import limits
from pyggcr._os.closeable import Closeable
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar
else:
    from pyggcr._typing import Generic, TypeVar


__all__ = ["Failed", "Pool", "TaskMap", "dask_pool", "own_pool", "process_pool", "thread_pool"]

T = TypeVar("T")
R = TypeVar("R")

_ATTEMPTS = 3  # of a task alone, after its worker has died
_POLL = 0.1  # seconds between two looks at the limits
_SECONDS_TO_CONNECT = 10
_QUEUED = 2  # tasks in flight for each worker: one that is done, and one to go on with

# What says that a worker died; that of distributed is known by its name, as it may not be there.
_LOST = (BrokenExecutor, CancelledError)
_LOST_NAMES = ("KilledWorker",)


class Failed:
    """The outcome of a task that raised, or whose worker died again and again.

    Attributes:
        error: what it raised.
    """

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


def _shut(executor: Executor) -> None:
    executor.shutdown(wait=True, cancel_futures=True)


class Pool(Closeable):
    """An executor, which is made anew where its workers died.

    Attributes:
        executor: the one in use.
        workers: how many tasks it works on at once.
    """

    def __init__(
        self,
        make: Callable[[], Executor],
        workers: int,
        *,
        shut: Callable[[Executor], object] = _shut,
        end: Callable[[], object] = lambda: None,
        renewable: bool = True,
    ) -> None:
        """Make the first executor.

        Args:
            make: makes one.
            workers: how many tasks it works on at once.
            shut: ends an executor; waits for what runs, and drops what does not.
            end: called after the executor was shut down.
            renewable: whether to shut executors down, and to make new ones.
        """
        self._make = make
        self._shut = shut
        self._end = end
        self._renewable = renewable
        self.workers: int = max(workers, 1)
        self.executor: Executor = make()

    def renew(self, error: BaseException) -> None:
        """Take a new executor in place of one that is broken.

        Raises:
            BaseException: the error, where the executor is the caller's.
        """
        if not self._renewable:
            raise error
        self._shut(self.executor)
        self.executor = self._make()

    def close(self) -> None:
        """Wait for running tasks, and let the workers go. Idempotent."""
        if self._renewable:
            self._shut(self.executor)
        end, self._end = self._end, lambda: None
        end()


def own_pool(executor: Executor) -> Pool:
    """The caller's executor, which stays open."""
    workers = getattr(executor, "_max_workers", None)
    if workers is None and (client := getattr(executor, "_client", None)) is not None:
        workers = sum(client.ncores().values())
    return Pool(lambda: executor, workers or 1, renewable=False)


def thread_pool(workers: int) -> Pool:
    """So many threads of this process; tasks that run when it is closed are cancelled."""
    token = limits.CancelToken(limits.current().token)
    return Pool(lambda: _Threads(workers, token), workers)


class _Threads(ThreadPoolExecutor):
    """Threads whose tasks end when they are no longer waited for."""

    def __init__(self, workers: int, token: limits.CancelToken) -> None:
        super().__init__(workers, thread_name_prefix="pyggcr-task")
        self._token = token

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        return super().submit(self._limited, fn, *args, **kwargs)

    def _limited(self, fn: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        with limits.limit(cancel=self._token):
            return fn(*args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._token.cancel()
        super().shutdown(wait, cancel_futures=cancel_futures)


def process_pool(workers: int) -> Pool:
    """So many processes of this machine.

    They are started afresh: the Go engine refuses to work in a process that was forked.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    return Pool(
        lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts),
        workers,
    )


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that started this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def dask_pool(address: str) -> Pool:
    """The workers of a dask cluster.

    Args:
        address: of its scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        UnsupportedOptionError: dask.distributed is not installed, or nobody answers.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise UnsupportedOptionError(
            "a dask cluster needs dask.distributed, which is not installed; pip install "
            "'pyggcr[dask]' installs it, here and where the workers run"
        ) from None
    try:
        client = distributed.Client(address, timeout=_SECONDS_TO_CONNECT)
    except (OSError, ValueError, TypeError) as error:
        raise UnsupportedOptionError(f"no dask scheduler answers at {address}: {error}") from None
    slots = sum(client.ncores().values())
    # Functions that do the same may still read another state of a registry: not pure.
    return Pool(
        lambda: client.get_executor(pure=False),
        slots,
        shut=lambda executor: executor.shutdown(wait=False),
        end=client.close,
    )


class TaskMap(Generic[T, R]):
    """A function that runs over tasks; leaving its ``with`` block drops those in flight.

    >>> with thread_pool(2) as pool, TaskMap(pool, len) as tasks:
    ...     sorted(result for _, result in tasks.run(["a", "bc"]))
    [1, 2]
    """

    def __init__(
        self,
        pool: Pool,
        function: Callable[[T], R],
        *,
        window: int = 0,
        group: Callable[[T], str] | None = None,
        most_of_group: int = 0,
    ) -> None:
        """Wait for tasks.

        Args:
            pool: where the function runs; a pool of processes or a cluster pickles it.
            function: takes a task.
            window: how many tasks may be in flight; 0 for twice as many as there are workers.
            group: which group a task belongs to.
            most_of_group: how many tasks of one group may be in flight; 0 for any number.
        """
        self._pool = pool
        self._function = function
        self._window = window or _QUEUED * pool.workers
        self._group = group or (lambda _: "")
        self._most_of_group = most_of_group
        self._flying: dict[Future[R], tuple[T, int]] = {}
        self._of_group: collections.Counter[str] = collections.Counter()
        self._ended: queue.SimpleQueue[Future[R]] = queue.SimpleQueue()
        self._held: collections.deque[T] = collections.deque()  # their group is full
        self._suspects: collections.deque[tuple[T, int]] = collections.deque()

    def __enter__(self) -> TaskMap[T, R]:
        return self

    def __exit__(self, *_: object) -> None:
        for future in self._flying:
            future.cancel()
        self._flying.clear()

    @property
    def is_full(self) -> bool:
        """Whether another task would have to wait."""
        waiting = len(self._flying) + len(self._held) + len(self._suspects)
        return bool(self._suspects) or waiting >= self._window

    @property
    def is_idle(self) -> bool:
        """Whether every task has ended."""
        return not (self._flying or self._held or self._suspects)

    def submit(self, task: T) -> None:
        """Begin a task, or keep it until its group has room."""
        self._held.append(task)
        self._start_held()

    def ended(self) -> Iterator[tuple[T, R | Failed]]:
        """The tasks that end next with their outcomes, at least one if any is in flight.

        Raises:
            BrokenExecutor: workers of an executor of the caller's died.
            CancelledError: the limits of the call say so.
        """
        found = False
        while not self.is_idle and not found:
            self._start()
            for future in self._wait():
                outcome = self._outcome(future)
                if outcome is not None:
                    found = True
                    yield outcome
        self._start()

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, R | Failed]]:
        """Each task and its outcome, in the order in which they end."""
        waiting = iter(tasks)
        more = True
        while more or not self.is_idle:
            while more and not self.is_full:
                try:
                    task = next(waiting)
                except StopIteration:
                    more = False
                else:
                    self.submit(task)
            yield from self.ended()

    def _start(self) -> None:
        if self._suspects:
            if not self._flying:
                self._send(*self._suspects.popleft())
        else:
            self._start_held()

    def _start_held(self) -> None:
        if self._suspects:
            return
        for _ in range(len(self._held)):
            task = self._held.popleft()
            most = self._most_of_group
            if most and self._of_group[self._group(task)] >= most:
                self._held.append(task)
            else:
                self._send(task, 1)

    def _send(self, task: T, attempt: int) -> None:
        try:
            future = self._pool.executor.submit(self._function, task)
        except BrokenExecutor as error:
            self._pool.renew(error)
            future = self._pool.executor.submit(self._function, task)
        self._flying[future] = (task, attempt)
        self._of_group[self._group(task)] += 1
        future.add_done_callback(self._ended.put)

    def _wait(self) -> Iterator[Future[R]]:
        """Those that have ended, at least one."""
        while True:
            limits.current().check()
            with contextlib.suppress(queue.Empty):
                yield self._ended.get(timeout=_POLL)
                break
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._ended.get_nowait()

    def _outcome(self, future: Future[R]) -> tuple[T, R | Failed] | None:
        """A task and its outcome; nothing where it is done again."""
        if future not in self._flying:
            return None
        task, attempt = self._flying.pop(future)
        group = self._group(task)
        self._of_group[group] -= 1
        if not self._of_group[group]:
            del self._of_group[group]
        error = _error_of(future)
        if error is None:
            return task, future.result()
        if not _is_lost(error):
            return task, Failed(error)
        if isinstance(error, BrokenExecutor) and not self._flying:
            self._pool.renew(error)
        # The first time it was one of several, and any of them may be to blame; then it was alone.
        if attempt > _ATTEMPTS:
            return task, Failed(error)
        self._suspects.append((task, attempt + 1))
        return None


def _error_of(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, _LOST) or type(error).__name__ in _LOST_NAMES
