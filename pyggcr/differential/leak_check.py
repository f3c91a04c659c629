"""Counts what the process has open, to find leaks: Go handles, file descriptors, threads."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator

from pyggcr.engine import open_handles

__all__ = ["OpenResources"]

# Go's runtime opens these once, at its first file or timer, and to watch the container's share of
# processors, and keeps them.
_KEPT_BY_GO = ("anon_inode:[eventpoll]", "anon_inode:[eventfd]", "/sys/fs/cgroup/")

_DESCRIPTORS = "/proc/self/fd"


class OpenResources:
    """Go handles, file descriptors (where there is a /proc) and threads, counted when made."""

    def __init__(self) -> None:
        self.handles: int = open_handles()
        self.files: Counter[str] = Counter(_open_files())
        self.threads: set[threading.Thread] = set(threading.enumerate())

    def leaked_since(self, before: OpenResources, *, ignoring: str | None = None) -> list[str]:
        """Describe what is open now and was not before.

        Args:
            before: the earlier moment.
            ignoring: files whose path holds this text are somebody else's to keep.
        """
        leaks = [
            f"descriptor of {name}"
            for name in (self.files - before.files).elements()
            if ignoring is None or ignoring not in name
        ]
        leaks += [f"thread {thread.name}" for thread in self.threads - before.threads]
        if self.handles > before.handles:
            leaks.append(f"{self.handles - before.handles} handles of the Go engine")
        return leaks


def _open_files() -> Iterator[str]:
    # Often called: no Path objects.
    if not os.path.isdir(_DESCRIPTORS):  # noqa: PTH112
        return
    for descriptor in os.listdir(_DESCRIPTORS):  # noqa: PTH208
        try:
            target = os.readlink(f"{_DESCRIPTORS}/{descriptor}")  # noqa: PTH115
        except FileNotFoundError:  # the one that listed the folder
            continue
        if not target.startswith(_KEPT_BY_GO):
            yield target
