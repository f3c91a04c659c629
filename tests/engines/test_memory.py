"""Memory stays bounded, whatever the size of a layer: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.big import write_archive

GIB = 1 << 30
MAX_GROWTH = 64 << 20

# Prints by how many bytes the work made the process grow beyond what importing took.
SCRIPT = """
import resource, sys
import pyggcr
from pyggcr import tarball, validate
path, engine = sys.argv[1:]
pyggcr.engines()
tarball.image_from_path(path, engine=engine).close()

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

before = peak()
with tarball.image_from_path(path, engine=engine) as image:
    validate.image(image)
print(peak() - before)
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory, request):
    """An archive with a layer of 1 GiB, stored as asked for."""
    path = tmp_path_factory.mktemp("big") / f"{request.param}.tar"
    write_archive(path, GIB, compression=request.param)
    return path


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("archive", ["none", "gzip"], indirect=True)
def test_validating_a_layer_of_one_gibibyte(archive, engine):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(archive), engine],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert int(done.stdout) < MAX_GROWTH
