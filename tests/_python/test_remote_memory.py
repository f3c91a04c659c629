"""Pushing and pulling on the Python engine takes bounded memory, whatever the size of a layer."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.big import write_archive

MIB = 1 << 20
MAX_GROWTH = 64 * MIB

# Prints by how many bytes pushing and pulling made the process grow beyond what importing took.
SCRIPT = """
import sys
from pyggcr import name, tarball
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions
path, reference = sys.argv[1:]
tag = name.new_tag(reference)
tarball.image_from_path(path, engine="python").close()

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

before = peak()
client = remote.client(options=RemoteOptions())
remote.write(client=client, reference=tag, image=tarball.image_from_path(path, engine="python"))
for layer in remote.image(client=client, reference=tag).layers():
    with layer.uncompressed() as content:
        while content.read(1 << 20):
            pass
print(peak() - before)
"""


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_layer_of_half_a_gibibyte(real_registry, tmp_path, compression):
    archive = tmp_path / "big.tar"
    write_archive(archive, 512 * MIB, compression=compression)

    done = subprocess.run(
        [
            *(sys.executable, "-c", SCRIPT, str(archive)),
            f"{real_registry.host}/memory/{compression}:1",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )

    assert int(done.stdout) < MAX_GROWTH
