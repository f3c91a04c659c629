"""The jobs that people wait for, on each engine: digest and validate of an archive."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.big import write_archive

from pyggcr import tarball, validate

DATA = Path(__file__).parents[1] / "tests" / "data" / "docker"
REAL = {
    "plain": DATA / "25.0.2" / "app-tag.tar",
    "gzip": DATA / "28.5.2-containerd-store" / "app-tag.tar",
}
LARGE = 64 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """An archive with one gzip layer of 64 MiB."""
    path = tmp_path_factory.mktemp("archives") / "large.tar"
    write_archive(path, LARGE, compression="gzip")
    return path


def digest(path: Path, engine: str) -> None:
    """What ``pyggcr digest`` does."""
    with tarball.image_from_path(path, engine=engine) as image:
        image.digest()


def check(path: Path, engine: str) -> None:
    """What ``pyggcr validate`` does."""
    with tarball.image_from_path(path, engine=engine) as image:
        validate.image(image)


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.benchmark(group="digest of a real archive")
def test_digest(benchmark, engine, kind):
    benchmark.pedantic(digest, args=(REAL[kind], engine), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.benchmark(group="validate a real archive")
def test_validate(benchmark, engine, kind):
    benchmark.pedantic(check, args=(REAL[kind], engine), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="validate a gzip layer of 64 MiB")
def test_validate_large(benchmark, engine, large):
    benchmark.pedantic(check, args=(large, engine), rounds=5, warmup_rounds=1)
