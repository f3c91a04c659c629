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

ROOT = Path(__file__).parents[2]
_NOT_SOURCES = shutil.ignore_patterns(
    ".*", "*.egg-info", "*.so", "_build.json", "__pycache__", "build", "dist"
)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A fresh copy of the project."""
    return Path(shutil.copytree(ROOT, tmp_path / "sources", ignore=_NOT_SOURCES))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, which every other build starts from."""
    folder = tmp_path_factory.mktemp("sdist")
    copied = shutil.copytree(ROOT, folder / "sources", ignore=_NOT_SOURCES)
    run(sys.executable, "-m", "build", "--sdist", "--outdir", folder, copied, env=environment())
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
