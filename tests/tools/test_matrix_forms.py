"""The archives that the matrix makes are those of the tools, where these can be had."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from pyggcr import empty, layout, tarball
from tools.matrix.forms import containerd, kaniko, podman
from tools.matrix.forms.content import APP, REPEATED, Image, Json, Store

DATA = Path(__file__).parents[1] / "data"
CONTAINERD = sorted((DATA / "docker" / "28.5.2-containerd-store").glob("*.tar"))


@pytest.mark.parametrize(
    ("file", "tag", "image"),
    [
        ("skopeo-docker-archive", "docker.io/library/app:1", APP),
        ("skopeo-repeated", "docker.io/library/dup:1", REPEATED),
    ],
)
def test_podman_writes_what_skopeo_wrote_by_the_same_code(file, tag, image):
    assert podman.docker_archive({tag: image}) == (DATA / "matrix" / f"{file}.tar").read_bytes()


@pytest.mark.parametrize("path", CONTAINERD, ids=lambda path: path.stem)
def test_containerd_exports_what_docker_saved_from_its_store(path):
    store, roots = read(path)
    targets = []
    for root in roots:
        name = root.get("annotations", {}).pop("io.containerd.image.name", "")
        targets.append(containerd.Target(root, name))
    platform = containerd.ARM64 if "arm64" in path.stem else containerd.AMD64

    made = containerd.export(store, *targets, skip_missing=True, platform=platform)

    assert made == path.read_bytes()


def read(path: Path) -> tuple[Store, list[Json]]:
    """The blobs of an archive, and the descriptors of its index."""
    with tarfile.open(path) as tar:
        files = {it.name: tar.extractfile(it).read() for it in tar if it.isreg()}
    blobs = {
        f"sha256:{name.rpartition('/')[2]}": data
        for name, data in files.items()
        if name.startswith("blobs/")
    }
    return Store(blobs), json.loads(files["index.json"])["manifests"]


@pytest.fixture
def image(tmp_path, engine):
    """APP, opened by each engine."""
    path = tmp_path / "app.tar"
    path.write_bytes(kaniko.multi_write("registry.example.com/app:1", APP, "gzip"))
    with tarball.image_from_path(path, engine=engine) as opened:
        yield opened


def test_kaniko_writes_what_the_library_writes(image):
    written = io.BytesIO()
    tarball.write("registry.example.com/app:1", image, written)

    assert written.getvalue() == kaniko.tar_path()


def test_kaniko_has_a_layer_that_is_there_twice_once(tmp_path, engine):
    path = tmp_path / "dup.tar"
    path.write_bytes(kaniko.tar_path_repeated())
    written = io.BytesIO()
    with tarball.image_from_path(path, engine=engine) as opened:
        tarball.write("registry.example.com/dup:1", opened, written)

    assert written.getvalue() == kaniko.tar_path_repeated()


def test_kaniko_writes_the_layout_that_the_library_writes(image, tmp_path, engine):
    layout.write(tmp_path / "layout", empty.index(engine=engine)).append_image(image)

    assert files_below(tmp_path / "layout") == kaniko.layout()


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_image_is_the_same_each_time():
    assert Image(APP.layers).config == APP.config
    assert kaniko.tar_path() == kaniko.tar_path()
