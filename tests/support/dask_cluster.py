"""A dask cluster on loopback: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["DaskCluster"]

_PATIENCE = 60.0  # seconds to wait for the scheduler and the workers
# Workers are looked after by nobody: one that is killed stays dead, as a lost machine does.
_WORKER = ("worker", "--no-nanny", "--no-dashboard", "--nthreads", "1", "--memory-limit", "0")


class DaskCluster:
    """A running cluster; ``address`` is its scheduler's. A context manager, which stops it."""

    def __init__(self, workers: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pyggcr-dask-")
        self._processes: list[subprocess.Popen[bytes]] = []
        folder = Path(self._folder.name)
        try:
            file = folder / "scheduler"
            self._start("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
            self.address = _address(file)
            for _ in range(workers):
                self._start(*_WORKER, "--local-directory", str(folder), self.address)
            self._wait(workers)
        except BaseException:
            self.close()
            raise

    @property
    def worker_ids(self) -> list[int]:
        """Numbers of the workers' processes."""
        return [process.pid for process in self._processes[1:]]

    def kill_worker(self, number: int) -> None:
        """End a worker without a chance to say anything."""
        self._processes[1 + number].send_signal(signal.SIGKILL)
        self._processes[1 + number].wait()

    def _start(self, role: str, *arguments: str) -> None:
        log = Path(self._folder.name, f"{len(self._processes)}.log")
        host = ("--host", "tcp://127.0.0.1")
        with log.open("wb") as output:
            self._processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "distributed.cli.dask_" + role, *host, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                )
            )

    def _wait(self, workers: int) -> None:
        """Wait until all workers have their work places."""
        deadline = time.monotonic() + _PATIENCE
        logs = [Path(self._folder.name, f"{1 + number}.log") for number in range(workers)]
        while not all("Registered to" in log.read_text(errors="replace") for log in logs):
            if time.monotonic() > deadline or any(it.poll() is not None for it in self._processes):
                said = "\n".join(log.read_text(errors="replace") for log in logs)
                raise RuntimeError(f"the cluster does not start: {said}")
            time.sleep(0.05)

    def close(self) -> None:
        """Stop all processes."""
        for process in self._processes:
            process.kill()
            process.wait()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _address(file: Path) -> str:
    import json

    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise RuntimeError("the scheduler does not start")
