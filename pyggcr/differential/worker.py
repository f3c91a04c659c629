"""The process that a campaign's cases run in: ``python -m pyggcr.differential.worker``.

It reads a JSON task from each line of standard input and answers with a line, so that a crash or a
hang of an engine ends this process and not the campaign. The parent is ``workers.py``. SIGUSR1
makes it print a traceback to standard error; it ignores Ctrl-C.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyggcr.differential.generate.cases import make_recipe
from pyggcr.differential.leak_check import OpenResources
from pyggcr.differential.whole_archive import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any


__all__ = ["READY", "main"]

# What it writes first, once everything is imported.
READY = "ready\n"

# Many small archives: Go's collector would run all the time, and its threads wait for each other.
_GO_RUNTIME = {"GOGC": "off", "GOMEMLIMIT": "256MiB", "GOMAXPROCS": "1"}

# How many cases open what stays open: Go's runtime, modules that are imported late.
_WARM_UP = 3

# How long what a case held may take to go away, in seconds: threads wait for the scheduler.
_PATIENCE = 0.5


# Exceptions that could not be raised, in a callback of Go or a finalizer: they count as leaks.
_ignored: list[Any] = []

# What ru_maxrss counts, in bytes.
_MEMORY_UNIT = 1 if sys.platform == "darwin" else 1024


def main() -> None:
    """Answer tasks until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)
    for variable, value in _GO_RUNTIME.items():
        os.environ.setdefault(variable, value)
    sys.unraisablehook = _ignored.append
    with _answers_to() as answers, tempfile.TemporaryDirectory(dir=sys.argv[2]) as folder:
        work = _Work(_named(sys.argv[1]), Path(folder))
        answers.write(READY)
        answers.flush()
        for line in sys.stdin:
            answers.write(json.dumps(work.do(json.loads(line))) + "\n")
            answers.flush()


class _Work:
    """One task after the other, and what they leave behind."""

    def __init__(self, judge: Callable[..., Verdict], folder: Path) -> None:
        self._judge = judge
        self._archive = folder / "archive.tar"
        self._done = 0
        self._before = OpenResources()

    def do(self, task: dict[str, Any]) -> dict[str, Any]:
        """Compare the archive that is named or has to be made; the verdict and the leaks."""
        path = self._path(task)
        verdict = self._judge(path, gzip_profile=task["gzip_profile"], more=task["more"])
        self._done += 1
        return {
            "verdict": verdict.to_json(),
            "leaks": self._left_behind(),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MEMORY_UNIT,
        }

    def _path(self, task: dict[str, Any]) -> Path:
        if "path" in task:
            return Path(task["path"])
        self._archive.write_bytes(make_recipe(task["seed"]).archive())
        return self._archive

    def _left_behind(self) -> list[str]:
        ignored = [f"exception ignored: {each.exc_value!r}" for each in _ignored]
        _ignored.clear()
        return self._leaks() + ignored

    def _leaks(self) -> list[str]:
        if self._done <= _WARM_UP:
            self._before = OpenResources()
            return []
        leaks = OpenResources().leaked_since(self._before)
        deadline = time.monotonic() + _PATIENCE
        while leaks and time.monotonic() < deadline:
            gc.collect()
            leaks = OpenResources().leaked_since(self._before)
            if leaks:
                time.sleep(0.01)
        if leaks:
            self._before = OpenResources()
        return leaks


@contextmanager
def _answers_to() -> Iterator[IO[str]]:
    """Standard output, kept for answers: what else is printed goes to standard error."""
    kept = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with os.fdopen(kept, "w", encoding="ascii") as answers:
        yield answers


def _named(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


if __name__ == "__main__":
    main()
