"""Memory stays bounded, whatever the size of a layer: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.big import write_archive, write_archive_of_files

GIB = 1 << 30
MANY_FILES = 500_000
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


@pytest.fixture(scope="module")
def archive_of_files(tmp_path_factory):
    """An archive whose layer holds half a million files."""
    path = tmp_path_factory.mktemp("big") / "files.tar"
    write_archive_of_files(path, MANY_FILES)
    return path


def growth(archive, engine):
    """Bytes that validate makes a new process grow by."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(archive), engine],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("archive", ["none", "gzip"], indirect=True)
def test_validating_a_layer_of_one_gibibyte(archive, engine):
    assert growth(archive, engine) < MAX_GROWTH


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_validating_a_layer_of_half_a_million_files(archive_of_files, engine):
    assert growth(archive_of_files, engine) < MAX_GROWTH
