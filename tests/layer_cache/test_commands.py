"""``--layer-cache`` on the command line, and the variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.fake_engine import RECORDED

from pyggcr.layer_cache import VARIABLE, LayerCache


def run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the Python engine."""
    command = [sys.executable, "-m", "pyggcr", *map(str, arguments)]
    environment = {**os.environ, "PYGGCR_ENGINE": "python", **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def archive() -> Path:
    """An archive of Docker with plain layers."""
    return RECORDED["25.0.2"].archive("app-tag")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a cache is going to be."""
    tmp_path.chmod(0o700)
    return tmp_path / "layers.sqlite"


def test_digest_fills_the_cache_and_uses_it(archive: Path, path: Path) -> None:
    alone = run("digest", archive)
    first = run("digest", archive, "--layer-cache", path)
    count = LayerCache(path).count()
    second = run("digest", archive, **{VARIABLE: str(path)})
    assert (first.returncode, first.stderr) == (0, "")
    assert count > 0
    assert alone.stdout == first.stdout == second.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--engine", "go"), "the Go engine compresses layers by itself and has no layer cache"),
        ((), "may be written by others (mode 0777)"),
    ],
)
def test_a_cache_that_cannot_be_used_is_an_error(
    archive: Path, path: Path, arguments, text, go_engine
) -> None:
    if not arguments:
        path.parent.chmod(0o777)
    result = run("digest", archive, "--layer-cache", path, *arguments)
    assert result.returncode == 2
    assert text in result.stderr


def test_an_image_in_a_registry_has_no_use_for_it(path: Path) -> None:
    result = run("digest", "registry.example.com/app", "--layer-cache", path)
    assert result.returncode == 2
    assert "--layer-cache is for archives and layouts." in result.stderr
