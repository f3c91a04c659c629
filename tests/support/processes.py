"""Processes that tests start, and that no failed test leaves running, or waits for."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["children", "started"]


@contextlib.contextmanager
def started(command: Sequence[object], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Run a command beside the test; one that the test does not end is killed, not waited for."""
    with subprocess.Popen([*map(str, command)], **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def children(pid: int) -> list[int]:
    """The processes that any thread of a process has started, and that run."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]
