"""What a run has done, so that it goes on after an interruption; and what never changes.

A run that has ended is forgotten: the next one asks the targets again, as they may have changed.
When an image was created follows from its digest, so that is kept.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from pyggcr._os.closeable import Closeable
from pyggcr._os.state_file import StateFile
from pyggcr.sync.filters import Moment
from pyggcr.sync.results import Result

__all__ = ["State"]

_APPLICATION = 0x70797379  # "pysy"
_VERSION = 1
_SCHEMA = """
    CREATE TABLE done (key TEXT PRIMARY KEY, digest TEXT NOT NULL, attached INTEGER NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE created (
        digest TEXT PRIMARY KEY, seconds INTEGER NOT NULL, nanoseconds INTEGER NOT NULL
    ) WITHOUT ROWID
"""


class State(Closeable):
    """The state of runs of a file, or of several."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        """Open it, or make it; ``None`` for one that is gone at the end.

        Raises:
            StateError: it is another's file, damaged, or in use.
        """
        self._lock = threading.Lock()
        self._file = StateFile(
            path, what="a sync", application=_APPLICATION, version=_VERSION, schema=_SCHEMA
        )

    def done(self, key: str) -> tuple[str, int] | None:
        """Digest and number of attached manifests of a copy that an interrupted run has made."""
        with self._lock:
            for digest, attached in self._file.ask(
                "SELECT digest, attached FROM done WHERE key = ?", (key,)
            ):
                return digest, attached
        return None

    def record(self, key: str, result: Result) -> None:
        """Keep that a copy is there; what failed is tried again."""
        if result.action in ("copied", "present", "kept"):
            with self._lock:
                self._file.do(
                    "INSERT OR REPLACE INTO done VALUES (?, ?, ?)",
                    (key, result.digest, result.attached),
                )

    def end(self) -> None:
        """Forget what was done: the run has come to its end."""
        with self._lock:
            self._file.do("DELETE FROM done")

    def created(self, digest: str, ask: Callable[[], Moment]) -> Moment:
        """When the image of a digest was created, which is asked for once."""
        with self._lock:
            for seconds, nanoseconds in self._file.ask(
                "SELECT seconds, nanoseconds FROM created WHERE digest = ?", (digest,)
            ):
                return seconds, nanoseconds
        moment = ask()
        with self._lock:
            self._file.do("INSERT OR REPLACE INTO created VALUES (?, ?, ?)", (digest, *moment))
        return moment

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()
