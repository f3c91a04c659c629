"""A real Docker engine loads repaired archives: the same image IDs, the same tags.

It needs root, and runs an engine of its own, with its own folders and socket and without network.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.docker_engine import DockerEngine, missing_part

from pyggcr import tarball
from pyggcr.doctor import repair

DATA = Path(__file__).parents[1] / "data" / "docker"
CASES = [
    ("24.0.7/dup.tar", "keep"),
    ("25.0.2/mixed.tar", "keep"),
    ("28.5.2/multi.tar", "gzip"),
    ("28.5.2-containerd-store/app-loaded-from-24.tar", "keep"),
    ("28.5.2-containerd-store/app-loaded-from-24.tar", "gzip"),
    ("28.5.2-containerd-store/dup-loaded-from-24.tar", "plain"),
    ("28.5.2-containerd-store/multiplatform.tar", "keep"),
    ("28.5.2-containerd-store/twotags.tar", "plain"),
]


@pytest.fixture(scope="module")
def docker(require, tmp_path_factory):
    """An engine of its own."""
    if missing := missing_part():
        require("dockerd", missing)
    try:
        engine = DockerEngine(tmp_path_factory.mktemp("d"))
    except RuntimeError as error:
        require("dockerd", str(error))
    with engine:
        yield engine


@pytest.mark.parametrize(("name", "compression"), CASES)
def test_docker_loads_it(docker, tmp_path: Path, name: str, compression: str) -> None:
    docker.remove_images()
    repair(DATA / name, tmp_path / "out.tar", compression=compression)
    docker.run("load", "--input", tmp_path / "out.tar")
    saved = tarball.load_manifest(DATA / name, engine="python")
    ids = docker.run("image", "ls", "--all", "--quiet", "--no-trunc").split()
    assert {image.partition(":")[2] for image in ids} == {
        Path(entry.config).stem for entry in saved
    }
    loaded = docker.run("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert sorted(tag for tag in loaded if tag != "<none>:<none>") == sorted(
        tag for entry in saved for tag in entry.repo_tags or ()
    )
