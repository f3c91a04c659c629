"""Starts worker processes, gives each a task, waits for all, and replaces those that died.

A worker that dies or does not answer in time is a result like any other. ``worker.py`` does the
work; ``campaign.py`` chooses the tasks and evaluates the results.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterable

from pyggcr import limits
from pyggcr._dataclasses import dataclass, field
from pyggcr._os import executors
from pyggcr.differential.whole_archive import Verdict
from pyggcr.differential.worker import READY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = [
    "JUDGE",
    "Answered",
    "Crashed",
    "Hung",
    "Outcome",
    "Worker",
    "Workers",
    "judged",
    "mapped",
]

# What compares an archive, as module:function; tests put one with faults in its place.
JUDGE = "pyggcr.differential.whole_archive:verdict_of"

# How long a worker may take to tell where it hangs, and to start, in seconds.
_LAST_WORDS = 0.5
_START = 60.0
_SLICE = 0.1  # seconds between two looks at the limits of the call
_READY = READY.encode()

# How much of what a worker said last is kept, in bytes.
_SAID = 20_000


@dataclass(frozen=True, slots=True)
class Answered:
    """The worker compared the archive.

    Attributes:
        leaks: what the process holds since then and should not, in words.
        memory: the most that the worker's process has held so far, in bytes.
    """

    verdict: Verdict
    leaks: tuple[str, ...] = ()
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Crashed:
    """The worker died: by which signal or exit code, and what it said last."""

    how: str
    said: str


@dataclass(frozen=True, slots=True)
class Hung:
    """The worker gave no answer within the limit; where it was, by its traceback."""

    seconds: float
    said: str


Outcome = Answered | Crashed | Hung


class Worker:
    """One worker process; ``close`` ends it.

    Args:
        folder: where it may put files.
        judge: what compares, as ``module:function``.
    """

    def __init__(self, folder: str, judge: str = JUDGE) -> None:
        self._stderr = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()
        self._answers = b""
        self.started: float = time.monotonic()
        self._ready = False
        self._limit = 0.0
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "pyggcr.differential.worker", judge, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": path},
        )

    def fileno(self) -> int:
        """The descriptor of its answers, to wait for."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def give(self, task: dict[str, Any]) -> None:
        """Give it a task; a worker that has died says so in the next ``take``."""
        assert self._process.stdin is not None
        self.started = time.monotonic()
        self._limit = task["limit"]
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()

    def take(self) -> Answered | Crashed | None:
        """Its answer, or its end; ``None`` if what came is not yet all."""
        piece = os.read(self.fileno(), 1 << 16)
        if not piece:
            code = self._process.wait()
            how = f"signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"exit {code}"
            return Crashed(how, self._said())
        self._answers += piece
        if not self._ready and self._answers.startswith(_READY):
            self._ready = True
            self._answers = self._answers[len(_READY) :]
            self.started = time.monotonic()
        if not self._answers.endswith(b"\n"):
            return None
        document = json.loads(self._answers)
        self._answers = b""
        return Answered(
            Verdict.from_json(document["verdict"]), tuple(document["leaks"]), document["memory"]
        )

    def answer(self, task: dict[str, Any]) -> Outcome:
        """The outcome of a task, waited for as long as it may take.

        Raises:
            CancelledError: the limits of the call say so.
        """
        self.give(task)
        while (left := self.deadline() - time.monotonic()) > 0:
            limits.current().check()
            ready, _, _ = select.select([self], [], [], min(left, _SLICE))
            if ready and (outcome := self.take()):
                return outcome
        return self.give_up()

    def give_up(self) -> Hung:
        """Ask a worker that hangs where it is, and end it."""
        seconds = time.monotonic() - self.started
        self._process.send_signal(signal.SIGUSR1)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS)
        self._process.kill()
        self._process.wait()
        return Hung(seconds, self._said())

    def deadline(self) -> float:
        """Until when the task that it has may take, on the monotonic clock."""
        return self.started + (self._limit if self._ready else _START)

    def close(self) -> None:
        """End the process. Idempotent."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._stderr.close()

    def _said(self) -> str:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _SAID))
        return self._stderr.read().decode("utf-8", "replace")


@dataclass
class Workers:
    """Several workers at the tasks of one campaign; a context manager.

    Attributes:
        jobs: how many processes.
        judge: what compares, as ``module:function``.
    """

    jobs: int = 1
    judge: str = JUDGE
    folder: str = field(init=False, default="")
    _workers: list[Worker] = field(init=False, default_factory=list)
    _idle: list[Worker] = field(init=False, default_factory=list)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _temporary: tempfile.TemporaryDirectory[str] | None = field(init=False, default=None)

    def __enter__(self) -> Workers:  # noqa: PYI034 - typing.Self needs Python 3.11
        self._temporary = tempfile.TemporaryDirectory(prefix="pyggcr-diff-")
        self.folder = self._temporary.name
        return self

    def __exit__(self, *_exception: object) -> None:
        for worker in self._workers:
            worker.close()
        self._workers.clear()
        self._idle.clear()
        assert self._temporary is not None
        self._temporary.cleanup()

    def run(
        self, tasks: Iterable[dict[str, Any]]
    ) -> Generator[tuple[dict[str, Any], Outcome], None, None]:
        """Each task and its outcome, in the order in which they end.

        A task says in ``limit`` how many seconds it may take; the rest is for the worker.
        """
        yield from mapped(executors.thread_pool(self.jobs), self._answer, tasks)

    def ask(self, task: dict[str, Any]) -> Outcome:
        """The outcome of one task."""
        return self._answer(task)

    def _answer(self, task: dict[str, Any]) -> Outcome:
        """The outcome of one task, by a worker that has nothing to do."""
        with self._lock:
            worker = self._idle.pop() if self._idle else Worker(self.folder, self.judge)
            if worker not in self._workers:
                self._workers.append(worker)
        outcome = worker.answer(task)
        with self._lock:
            if isinstance(outcome, Answered):
                self._idle.append(worker)
            else:
                self._workers.remove(worker)
                worker.close()
        return outcome


def mapped(
    pool: executors.Pool,
    function: Callable[[dict[str, Any]], Outcome],
    tasks: Iterable[dict[str, Any]],
) -> Generator[tuple[dict[str, Any], Outcome], None, None]:
    """Each task and its outcome in a pool, which is closed in the end.

    Raises:
        Exception: a task could not be given to a worker at all.
    """
    with pool, executors.TaskMap(pool, function) as running:
        for task, outcome in running.run(tasks):
            if isinstance(outcome, executors.Failed):
                raise outcome.error
            yield task, outcome


def judged(judge: str, task: dict[str, Any]) -> Outcome:
    """The outcome of one task, for any executor: by a worker of the process that runs this.

    Worker processes wait for the next task, and end with the process.

    Args:
        judge: what compares, as ``module:function``.
        task: as for ``Workers.run``.
    """
    with _lock:
        if judge not in _shared:
            from multiprocessing.util import Finalize

            _shared[judge] = Workers(judge=judge).__enter__()
            # Unlike atexit's functions, it also runs where multiprocessing ends a process.
            Finalize(None, _shared[judge].__exit__, exitpriority=1)
        workers = _shared[judge]
    return workers.ask(task)


_lock = threading.Lock()
_shared: dict[str, Workers] = {}
