"""Runs builds and installs of the package in other processes, and looks into the wheels."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Environment = dict[str, str]


def environment(**variables: str) -> Environment:
    """This process's environment with PYGGCR_* taken out, and ``variables`` set."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYGGCR_")}
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables}


def path_without_go() -> str:
    """PATH less every folder that has a ``go``."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not shutil.which("go", path=folder))


def run(*command: object, env: Environment, cwd: Path | None = None) -> str:
    """Run a command that must succeed; everything that it printed."""
    done = attempt(*command, env=env, cwd=cwd)
    assert done.returncode == 0, done.stdout
    return done.stdout


def attempt(
    *command: object, env: Environment, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that may fail; what it printed is all in ``stdout``."""
    return subprocess.run(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Wheel:
    """A wheel, and what building it printed."""

    path: Path
    printed: str

    @property
    def tag(self) -> str:
        """The compatibility tag, such as ``py3-none-any``."""
        return "-".join(self.path.stem.split("-")[-3:])

    def names(self) -> list[str]:
        """The files in it."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.namelist()

    def record(self, package: str = "_go") -> dict[str, Any]:
        """What ``_build.json`` says of the Go engine, or of the accelerator (``_gostd``)."""
        with zipfile.ZipFile(self.path) as archive:
            record: dict[str, Any] = json.loads(archive.read(f"pyggcr/{package}/_build.json"))
        return record
