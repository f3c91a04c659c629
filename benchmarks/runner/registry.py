"""A registry on loopback to push to and pull from: Debian's ``docker-registry``, as in the tests.

It keeps blobs in a folder, which is emptied between two pushes, so that each one uploads all.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import ROOT
from benchmarks.corpus.cache import folder
from benchmarks.runner.peers import MissingPeerError

__all__ = ["Registry", "registry"]


class Registry(NamedTuple):
    """A running registry: its ``host`` and port, what makes it empty again, and its folder."""

    host: str
    clear: Callable[[], None]
    storage: Path


@contextlib.contextmanager
def registry() -> Iterator[Registry]:
    """Start a registry for the ``with`` block.

    Raises:
        MissingPeerError: there is none on PATH.
    """
    if not shutil.which("docker-registry"):
        raise MissingPeerError("there is no docker-registry on PATH")
    sys.path.append(str(ROOT / "tests"))  # which have it at hand
    from support.registries import DockerRegistry

    with (
        tempfile.TemporaryDirectory(dir=folder()) as kept,
        DockerRegistry(Path(kept)) as running,
    ):

        def clear() -> None:
            shutil.rmtree(running.storage, ignore_errors=True)

        yield Registry(running.host, clear, running.storage)
