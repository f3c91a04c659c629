"""An image of 2 GB is read with bounded memory and one temporary file; killed, nothing is left.

Each reader is a process of its own: its peak of memory is its own, and it can be killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.big import write_archive, zero_layer_size
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Closed, Stalled

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

ROOT = Path(__file__).parents[2]
SIZE = 2 << 30
MAX_GROWTH = 64 << 20
PATIENCE = 60  # seconds for a process to come as far as it shall

# Reads the only layer, and prints by how many bytes that made the process grow, how many bytes
# there were, and how many files it had open in the folder meanwhile.
READER = """
import json, os, sys
import pyggcr
from pyggcr import daemon
way, folder = sys.argv[1:]

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

def files():
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}").startswith(folder):
                found.add(os.stat(f"/proc/self/fd/{number}").st_ino)
        except FileNotFoundError:
            pass  # that of the listing itself
    return len(found)

def read(image):
    (layer,) = image.layers()
    size, most = 0, 0
    with layer.uncompressed() as stream:
        while piece := stream.read(1 << 20):
            size += len(piece)
            if size >> 28 != (size - len(piece)) >> 28:
                most = max(most, files())
    return {"growth": peak() - start, "size": size, "files": most, "named": os.listdir(folder)}

if way == "place":
    start = peak()
    with pyggcr.open("docker-daemon:big:1") as store:
        said = read(store.image())
else:
    daemon.image("big:1", engine=way).close()
    start = peak()
    with daemon.image("big:1", engine=way) as image:
        said = read(image)
print(json.dumps({**said, "after": files()}))
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of an image with a layer of 2 GB, plain."""
    path = tmp_path_factory.mktemp("big") / "big.tar"
    write_archive(path, SIZE)
    return path


@pytest.fixture
def start_reader(archive: Path, tmp_path: Path):
    """A function that starts to read the image in a new process, which makes files in a folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    started = []
    with FakeEngine(RECORDED["25.0.2"], [archive], unix=tmp_path / "s") as fake:

        def start(way: str, *faults) -> tuple[subprocess.Popen[str], Path, FakeEngine]:
            fake.faults = list(faults)
            environment = {**os.environ, "DOCKER_HOST": fake.host, "TMPDIR": str(folder)}
            started.append(
                subprocess.Popen(
                    [sys.executable, "-c", READER, way, str(folder)],
                    cwd=ROOT,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            return started[-1], folder, fake

        yield start
        for process in started:
            process.kill()
            process.communicate()


@pytest.fixture(params=["go", "python", "place"])
def way(request: pytest.FixtureRequest) -> str:
    """How to read: ``daemon.image`` on each engine, and ``pyggcr.open``."""
    if request.param == "go":
        request.getfixturevalue("go_engine")
    return str(request.param)


def test_it_is_read_with_bounded_memory_and_one_file(start_reader, way):
    process, folder, fake = start_reader(way)
    out, err = process.communicate(timeout=10 * PATIENCE)
    assert process.returncode == 0, err
    said = json.loads(out)
    assert said["size"] == zero_layer_size(SIZE)
    assert said["growth"] < MAX_GROWTH
    assert (said["files"], said["named"], said["after"]) == (1, [], 0)
    assert list(folder.iterdir()) == []
    assert len([path for path in fake.paths() if path.startswith("/images/get")]) == 1


def test_killed_in_the_middle_it_leaves_nothing(start_reader, way):
    process, folder, _ = start_reader(way, Stalled("/images/get", after=32 << 20))
    assert wait_for_file(process.pid, folder) >= 16 << 20
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(folder.iterdir()) == []


def test_an_engine_that_breaks_off_leaves_nothing(start_reader, way):
    process, folder, _ = start_reader(way, Closed("/images/get", after=32 << 20))
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Error: " in err.splitlines()[-1]
    assert list(folder.iterdir()) == []


def wait_for_file(pid: int, folder: Path) -> int:
    """Wait until a process has written 16 MiB to a file in the folder; the file's size."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(link.readlink()).startswith(str(folder)):
                    size = link.stat().st_size
                    if size >= 16 << 20:
                        return size
            except FileNotFoundError:
                continue  # closed since it was listed
        time.sleep(0.02)
    pytest.fail("no file was written")
