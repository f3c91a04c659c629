"""A real Docker engine loads repaired archives: the same image IDs, the same tags.

It needs root, and runs an engine of its own, with its own folders and socket and without network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

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
PATIENCE = 30  # seconds for the engine to start, and to stop


@pytest.fixture(scope="module")
def docker(require, tmp_path_factory):
    """A function that runs the client on an engine of its own, and gives what it prints."""
    if not (shutil.which("dockerd") and shutil.which("docker")):
        require("dockerd", "dockerd and docker are not on PATH")
    if os.geteuid() != 0:
        require("dockerd", "it needs root")
    folder = tmp_path_factory.mktemp("d")
    options = ["--iptables=false", "--bridge=none", "--storage-driver=vfs"]
    options += [f"--data-root={folder}/root", f"--exec-root={folder}/exec"]
    options += [f"--pidfile={folder}/pid", f"--host=unix://{folder}/socket"]
    with (folder / "log").open("w") as log:
        engine = subprocess.Popen(["dockerd", *options], stdout=log, stderr=log)

    def attempt(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["docker", "--host", f"unix://{folder}/socket", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def run(*arguments: object) -> str:
        done = attempt(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        deadline = time.monotonic() + PATIENCE
        while (asked := attempt("version")).returncode:
            if engine.poll() is not None or time.monotonic() > deadline:
                why = (folder / "log").read_text()[-300:] + asked.stderr
                require("dockerd", f"it does not start: {why}")
            time.sleep(0.2)
        yield run
    finally:
        engine.terminate()
        engine.wait(timeout=PATIENCE)


@pytest.mark.parametrize(("name", "compression"), CASES)
def test_docker_loads_it(docker, tmp_path: Path, name: str, compression: str) -> None:
    if before := docker("image", "ls", "--all", "--quiet", "--no-trunc").split():
        docker("image", "rm", "--force", *set(before))
    repair(DATA / name, tmp_path / "out.tar", compression=compression)
    docker("load", "--input", tmp_path / "out.tar")
    saved = tarball.load_manifest(DATA / name, engine="python")
    ids = docker("image", "ls", "--all", "--quiet", "--no-trunc").split()
    assert {image.partition(":")[2] for image in ids} == {
        Path(entry.config).stem for entry in saved
    }
    loaded = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert sorted(tag for tag in loaded if tag != "<none>:<none>") == sorted(
        tag for entry in saved for tag in entry.repo_tags or ()
    )
