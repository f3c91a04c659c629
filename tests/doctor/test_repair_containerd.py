"""containerd imports and unpacks repaired archives: the reader of index.json behind Docker's store.

It needs root, and runs a containerd of its own, with its own folders and socket.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import pyggcr
from pyggcr.doctor import repair

DATA = Path(__file__).parents[1] / "data" / "docker"
ARCHIVES = sorted(DATA.rglob("*.tar"))
MIXED = DATA / "28.5.2-containerd-store" / "app-loaded-from-24.tar"
CASES = [
    *((path, "keep") for path in ARCHIVES),
    (MIXED, "gzip"),
    (MIXED, "plain"),
    (DATA / "28.5.2-containerd-store" / "multiplatform.tar", "plain"),
]
PATIENCE = 20  # seconds for containerd to answer

CONFIG = """
version = 2
root = "{folder}/root"
state = "{folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{folder}/socket"
[ttrpc]
  address = "{folder}/ttrpc"
"""


@pytest.fixture(scope="module")
def containerd(require, tmp_path_factory):
    """A function that imports an archive: what is wrong, or the names of the images."""
    if not (shutil.which("containerd") and shutil.which("ctr")):
        require("containerd", "containerd and ctr are not on PATH")
    if os.geteuid() != 0:
        require("containerd", "it needs root")
    folder = tmp_path_factory.mktemp("containerd")
    (folder / "config.toml").write_text(CONFIG.format(folder=folder))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            ["containerd", "--config", folder / "config.toml"], stdout=log, stderr=log
        )
    spaces = iter(range(len(CASES) + 1))

    def control(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["ctr", "--address", folder / "socket", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def import_archive(path: Path) -> tuple[str, list[str]]:
        space = ("--namespace", f"space-{next(spaces)}")
        done = control(
            *space, "image", "import", "--all-platforms", "--snapshotter", "native", path
        )
        names = control(*space, "image", "list", "--quiet").stdout.split()
        return done.stderr.strip() if done.returncode else "", names

    try:
        deadline = time.monotonic() + PATIENCE
        while control("version").returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                require("containerd", "it does not start: " + (folder / "log").read_text()[-500:])
            time.sleep(0.1)
        yield import_archive
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def full_names(path: Path) -> list[str]:
    """The tags of an archive's images, as containerd writes them."""
    with pyggcr.open(path) as store:
        names = {pyggcr.name.new_tag(tag).name() for i in store.images() for tag in i.tags}
    return sorted(name.removeprefix("index.") for name in names)


@pytest.mark.parametrize(
    ("source", "compression"), CASES, ids=lambda value: str(value).removeprefix(f"{DATA}/")
)
def test_containerd_imports_it(containerd, tmp_path: Path, source: Path, compression: str) -> None:
    repair(source, tmp_path / "out.tar", compression=compression)
    assert containerd(tmp_path / "out.tar") == ("", full_names(source))


def test_what_containerd_refuses_before_is_why(containerd) -> None:
    # index.json of Docker 25.0.2, saved by ID, lists no image.
    wrong, names = containerd(DATA / "25.0.2" / "app-id.tar")
    assert wrong  # ctr 1.6: image might be filtered out
    assert names == []
