"""Builds the package as its users do: from an sdist, into environments of their own.

The sources are copied first, so that nothing is built in the tree that the tests run from.
"""

from __future__ import annotations

import shutil
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
from support.building import Environment, Wheel, environment, run
from support.shared_builds import locked, shared_folder

ROOT = Path(__file__).parents[2]
_NOT_SOURCES = shutil.ignore_patterns(
    ".*", "*.egg-info", "*.so", "_build.json", "__pycache__", "dist"
)


def _ignored(folder: str, names: list[str]) -> set[str]:
    """What a copy leaves out: of folders called ``build`` only the one that builds write to."""
    ignored = set(_NOT_SOURCES(folder, names))
    return ignored | {"build"} if Path(folder) == ROOT else ignored


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A fresh copy of the project."""
    return Path(shutil.copytree(ROOT, tmp_path / "sources", ignore=_ignored))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, which every other build starts from; built once for all workers."""
    folder = shared_folder(tmp_path_factory) / "sdist"
    folder.mkdir(exist_ok=True)
    with locked(folder / "lock"):
        if not list(folder.glob("*.tar.gz")):
            copied = tmp_path_factory.mktemp("sources") / "sources"
            shutil.copytree(ROOT, copied, ignore=_ignored)
            command = (sys.executable, "-m", "build", "--sdist", "--outdir")
            run(*command, folder, copied, env=environment())
    (path,) = folder.glob("*.tar.gz")
    return path


@pytest.fixture
def build_wheel(sdist: Path, tmp_path: Path) -> Callable[[Environment], Wheel]:
    """Build a wheel from the sdist, with pip, in the given environment."""

    def build(env: Environment) -> Wheel:
        folder = tmp_path / "wheel"
        command = (sys.executable, "-m", "pip", "wheel", "-v", "--no-deps", "-w", folder, sdist)
        printed = run(*command, env=env)
        (path,) = folder.glob("*.whl")
        return Wheel(path, printed)

    return build


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., Path]:
    """Install something with pip into a new environment; the folder of its commands."""

    def install(*what: object, env: Environment) -> Path:
        venv.create(tmp_path / "venv", with_pip=True)
        commands = tmp_path / "venv" / "bin"
        run(commands / "python", "-m", "pip", "install", "--quiet", *what, env=env)
        return commands

    return install
