"""Builds something expensive once for all workers of a test run, which wait for the first."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["build_once", "locked", "shared_folder"]


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Build a file unless it is there already; its path.

    Args:
        target: the file.
        build: writes the file to the path that it is given. If it raises, there is no file, and
            the next caller tries again.
    """
    with locked(target.with_name(f"{target.name}.lock")):
        if not target.exists():
            unfinished = target.with_name(f"{target.name}.unfinished")
            unfinished.unlink(missing_ok=True)
            build(unfinished)
            unfinished.replace(target)
    return target


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of this path, which excludes other processes and other callers in this one."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
