"""No step of the Python engine grows faster than what it is given: calls are counted, not time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import pyggcr
from pyggcr import tarball, validate
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar

SMALL, FACTOR = 20, 4
# What is linear, and what every run costs whatever the size.
MOST = FACTOR * 1.1


def layer(number: int) -> bytes:
    """A layer that differs from all others."""
    return layer_tar({f"file-{number}": b"content %d" % number})


def layers(count: int) -> bytes:
    """So many plain layers."""
    return docker_save([ImageSpec([LayerSpec(layer(it), "none") for it in range(count)])])


def gzip_layers(count: int) -> bytes:
    """So many compressed layers."""
    return docker_save([ImageSpec([LayerSpec(layer(it), "gzip") for it in range(count)])])


def files(count: int) -> bytes:
    """A layer of so many files."""
    content = layer_tar({f"file-{it}": b"x" for it in range(20 * count)})
    return docker_save([ImageSpec([LayerSpec(content, "none")])])


def tags(count: int) -> bytes:
    """An image with so many tags."""
    names = [f"app:{it}" for it in range(20 * count)]
    return docker_save([ImageSpec([LayerSpec(layer(0), "none")], tags=names)])


def images(count: int) -> bytes:
    """So many images, each with a layer and a tag of its own."""
    return docker_save(
        [ImageSpec([LayerSpec(layer(it), "none")], tags=[f"app:{it}"]) for it in range(count)]
    )


def members(count: int) -> bytes:
    """A layer of so many gzip members."""
    content = layer_tar({"file": bytes(512 * 20 * SMALL * FACTOR)})
    size = len(content) // (20 * count) + 1
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return archive_of(content, b"".join(map(gzip.compress, pieces)))


def archive_of(content: bytes, blob: bytes) -> bytes:
    """An archive with this blob, in which the content is compressed."""
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {
                "type": "layers",
                "diff_ids": ["sha256:" + hashlib.sha256(content).hexdigest()],
            },
        }
    ).encode()
    manifest = json.dumps(
        [{"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar.gz"]}]
    ).encode()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in (
            ("manifest.json", manifest),
            ("config.json", config),
            ("layer.tar.gz", blob),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def check_only(path: Path) -> None:
    validate.image(tarball.image_from_path(path, engine="python"))


def check_all(path: Path) -> None:
    with pyggcr.open(path) as store:
        for image in store.images():
            image.digest()


def find_last(path: Path) -> None:
    tag = tarball.load_manifest(path, engine="python")[-1].repo_tags[-1]
    tarball.image_from_path(path, tag, engine="python").digest()


def calls_of(work: Callable[[Path], None], path: Path) -> int:
    """How many functions are called, of Python and of C, in all threads."""
    counts: dict[int, int] = {}

    def count(_frame: object, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            me = threading.get_ident()
            counts[me] = counts.get(me, 0) + 1

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        work(path)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return sum(counts.values())


@pytest.mark.parametrize(
    ("make", "work"),
    [
        (layers, check_only),
        (gzip_layers, check_only),
        (files, check_only),
        (members, check_only),
        (tags, find_last),
        (tags, check_all),
        (images, find_last),
        (images, check_all),
        (layers, check_all),
    ],
    ids=lambda it: it.__name__,
)
def test_grows_no_faster_than_its_input(make, work, tmp_path: Path) -> None:
    counts = []
    for size in (SMALL, FACTOR * SMALL):
        path = tmp_path / f"{size}.tar"
        path.write_bytes(make(size))
        work(path)  # what is loaded and kept the first time does not count
        counts.append(calls_of(work, path))
    assert counts[1] <= MOST * counts[0], counts
