"""Fixtures of Docker daemons for the whole suite: a real one, and fake ones that serve archives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.docker_engine import DockerEngine, missing_part
from support.fake_engine import RECORDED, FakeEngine


@pytest.fixture(scope="session")
def docker_daemon(require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerEngine]:
    """A real daemon; a test that needs it empty removes its images."""
    if missing := missing_part():
        require("dockerd", missing)
    try:
        engine = DockerEngine(tmp_path_factory.mktemp("d"))
    except RuntimeError as error:
        require("dockerd", str(error))
    with engine:
        yield engine


@pytest.fixture
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeEngine]:
    """An engine that serves what 25.0.2 wrote; another one by ``indirect`` parameters."""
    recorded = RECORDED[getattr(request, "param", "25.0.2")]
    with FakeEngine(recorded, unix=tmp_path / "docker.sock") as engine:
        yield engine
