"""One run of a command as a process of its own: its time, its memory, and what it printed."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CommandFailedError", "Run", "run"]

_LAUNCHER = Path(__file__).with_name("launch.py")
# ru_maxrss is in KiB on Linux and in bytes on macOS.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1 << 10


class CommandFailedError(Exception):
    """A command ended with another exit code than 0."""


@dataclass(frozen=True)
class Run:
    """What one run gave.

    Attributes:
        seconds: from start to end of the process.
        peak_memory: largest resident size, in bytes.
        output: what it printed to standard output.
    """

    seconds: float
    peak_memory: int
    output: str


def run(command: list[str], environment: dict[str, str] | None = None) -> Run:
    """Run a command to its end.

    Raises:
        CommandFailedError: its exit code is not 0.
    """
    reader, writer = os.pipe()
    with os.fdopen(reader, encoding="ascii") as report:
        with os.fdopen(writer, "w"):
            done = subprocess.run(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(writer), *command],
                env={**os.environ, **(environment or {})},
                pass_fds=[writer],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        measured = report.read().split()
    if len(measured) != 3 or measured[2] != "0":
        raise CommandFailedError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout}")
    return Run(int(measured[0]) / 1e9, int(measured[1]) * _RSS_UNIT, done.stdout)
