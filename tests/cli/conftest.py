"""What the tests of the command line share: the archives, and running a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.command_runner import CliRunner, Result

from pyggcr.cli import app

DATA = Path(__file__).parent.parent / "data"

Run = Callable[..., Result]


@pytest.fixture
def docker() -> Path:
    """The archives that real Docker engines wrote, by engine."""
    return DATA / "docker"


@pytest.fixture
def run() -> Run:
    """Run ``pyggcr`` with arguments, in this process; output and exit code are in the result."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture(scope="session")
def golden() -> Callable[[str, str], dict[str, Any]]:
    """What go-containerregistry built by Go 1.26 says of an archive and tag."""
    text = (DATA / "golden" / "head-go1.26.6.json").read_text(encoding="utf-8")
    archives = json.loads(text)["archives"]
    return lambda archive, tag="(no tag)": archives[f"docker/{archive}"][tag]
