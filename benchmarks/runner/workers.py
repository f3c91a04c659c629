"""Work inside a process that is there already: Python's worker and Go's, asked in turn.

A worker is asked with one line of JSON and answers with one. It times only the work, by its own
clock; what the work makes is hashed in a run of its own, so that answers can be compared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.runner.peers import go_peers

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Measured", "Worker", "WorkerError", "Workforce", "clock"]

_ROOT = Path(__file__).resolve().parents[2]


class WorkerError(Exception):
    """A worker could not do what it was asked for."""


@dataclass(frozen=True)
class Measured:
    """Seconds of each round, and the SHA-256 of what was made."""

    seconds: list[float]
    answer: str


class _Clock:
    """Time that passes only while a worker works; what pytest-benchmark reads as its timer."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


clock = _Clock()


class Worker:
    """A process that works on request."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(
        self, op: str, *, rounds: int = 1, loops: int = 1, threads: int = 1, **more: Any
    ) -> Measured:
        """Have the work done so many rounds, each of so many loops; seconds are per loop.

        Raises:
            WorkerError: it is not possible; the text says why.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"op": op, "rounds": rounds, "loops": loops, "threads": threads, **more}
        print(json.dumps(request), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"the worker ended with {self._process.wait()} in {request}")
        reply = json.loads(line)
        if "error" in reply:
            raise WorkerError(reply["error"])
        clock.seconds += sum(reply["seconds"])
        return Measured(reply["seconds"], reply["answer"])

    def is_alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.poll() is None

    def close(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Workforce:
    """Workers by name, each started when it is first asked for; all end with the ``with`` block.

    Names: ``python``, ``pure python`` (without accelerator), ``go1.26``, ``go1.27``.
    """

    def __init__(self) -> None:
        self._workers: dict[str, Worker] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()

    def __getitem__(self, name: str) -> Worker:
        # One that has died took its own request with it, not those of others.
        if name not in self._workers or not self._workers[name].is_alive():
            self._workers[name] = self._start(name)
        return self._workers[name]

    @staticmethod
    def _start(name: str) -> Worker:
        if name in ("python", "pure python"):
            variables = {"PYGGCR_ACCELERATOR": "0"} if name == "pure python" else {}
            return Worker([sys.executable, "-m", "benchmarks.worker"], variables)
        return Worker([go_peers(name).peer, "serve"], {})
