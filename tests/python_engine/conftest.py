"""Registries for the tests of the Python engine: a real one, and a small image to push."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.registries import DockerRegistry


@pytest.fixture(scope="session")
def real_registry(require, tmp_path_factory) -> Iterator[DockerRegistry]:
    """A real registry that lets everybody do everything."""
    if shutil.which("docker-registry") is None:
        require("docker-registry", "there is no such program")
    with DockerRegistry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def plain_archive() -> Path:
    """An archive of Docker 24 with four plain layers."""
    return Path(__file__).parent.parent / "data" / "docker" / "24.0.7" / "app-tag.tar"
