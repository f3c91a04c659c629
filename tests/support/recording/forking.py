"""Commands of pyggcr, each in a process of its own that starts with everything imported.

``Commands`` starts ``python -m support.recording.forking``, which imports pyggcr (without the Go
engine, which does not survive a fork) and then forks for each command: that takes a tenth of the
time of a new interpreter. The module itself is what runs there, and imports nothing else of ours.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

__all__ = ["Commands", "Done"]

# Not imported in advance: the Go engine, what needs pytest or hypothesis, what runs when imported.
_LEFT_OUT = ("._go", ".testing", ".__main__", ".differential.worker")


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: bytes
    stderr: bytes


class Commands:
    """Runs commands in a folder, with an environment; a context manager.

    Args:
        folder: the working directory.
        scratch: a folder for what is printed.
    """

    def __init__(self, folder: Path, environment: dict[str, str], scratch: Path) -> None:
        self._scratch = scratch
        for_it, ours = os.pipe()
        from_it, its = os.pipe()
        path = str(Path(__file__).parents[2])
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, path, str(for_it), str(its)],
            cwd=folder,
            env=environment,
            pass_fds=(for_it, its),
            stdin=subprocess.DEVNULL,
        )
        os.close(for_it)
        os.close(its)
        self._to = os.fdopen(ours, "w", encoding="utf-8")
        self._from = os.fdopen(from_it, encoding="utf-8")

    def run(self, arguments: list[str], stdin: bytes) -> Done:
        """Run ``pyggcr`` with the arguments."""
        paths = [self._scratch / name for name in ("stdin", "stdout", "stderr")]
        paths[0].write_bytes(stdin)
        self._to.write(json.dumps({"arguments": arguments, "files": list(map(str, paths))}) + "\n")
        self._to.flush()
        line = self._from.readline()
        if not line:
            raise RuntimeError("the process that forks has died")
        return Done(json.loads(line), paths[1].read_bytes(), paths[2].read_bytes())

    def close(self) -> None:
        """End the process that forks."""
        self._to.close()
        self._process.wait()
        self._from.close()

    def __enter__(self) -> Commands:  # noqa: PYI034 - typing.Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_PROGRAM = """
import sys
path = list(sys.path)
sys.path.append(sys.argv[1])
from support.recording import forking
sys.path[:] = path
forking.serve(int(sys.argv[2]), int(sys.argv[3]))
"""


def serve(orders: int, answers: int) -> None:
    """Fork for each order; in the children this does not return."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _import_everything()
    with os.fdopen(orders, encoding="utf-8") as incoming, os.fdopen(answers, "w") as outgoing:
        while line := incoming.readline():
            order = json.loads(line)
            child = os.fork()
            if child == 0:
                _become(order, incoming, outgoing)
            _, status = os.waitpid(child, 0)
            outgoing.write(f"{os.waitstatus_to_exitcode(status)}\n")
            outgoing.flush()


def _import_everything() -> None:
    import pyggcr

    for module in pkgutil.walk_packages(pyggcr.__path__, "pyggcr."):
        if not any(part in f"{module.name}." for part in (f"{it}." for it in _LEFT_OUT)):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def _become(order: dict[str, Any], *close: IO[str]) -> None:
    """Run the command in this process, which ends with it as a program does."""
    for file in close:
        os.close(file.fileno())
    for number, path in enumerate(order["files"]):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["pyggcr", *order["arguments"]]
    code: Any = 70
    try:
        from pyggcr.cli import main

        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter would show it
        traceback.print_exc()
        code = 1
    finally:
        # Not the rest of the loop: threads end, buffers are written, and that is all.
        import threading

        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
