"""Memory of ``repair`` and ``open`` stays bounded, whatever a layer's size: in a new process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.big import write_archive

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

HALF_GIB = 1 << 29
MAX_GROWTH = 64 << 20

# Prints by how many bytes the work made the process grow beyond what importing took.
SCRIPT = """
import sys
import pyggcr
from pyggcr import validate
from pyggcr.doctor import repair
work, path, target = sys.argv[1:]
pyggcr.open(path).close()

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

before = peak()
if work == "validate":
    with pyggcr.open(path) as store:
        validate.image(store.image())
else:
    repair(path, target, compression=work)
print(peak() - before)
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory, request) -> Path:
    """An archive with a layer of half a gibibyte, stored as asked for."""
    path = tmp_path_factory.mktemp("big") / f"{request.param}.tar"
    write_archive(path, HALF_GIB, compression=request.param)
    return path


@pytest.mark.parametrize("archive", ["none", "gzip"], indirect=True)
@pytest.mark.parametrize("work", ["validate", "gzip", "plain"])
def test_a_large_layer_streams_by(archive: Path, tmp_path: Path, work: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, work, archive, tmp_path / "out.tar"],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert int(done.stdout) < MAX_GROWTH
