"""Fixtures of the tests of the Python engine."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def plain_archive() -> Path:
    """An archive of Docker 24 with four plain layers."""
    return Path(__file__).parents[1] / "data" / "docker" / "24.0.7" / "app-tag.tar"
