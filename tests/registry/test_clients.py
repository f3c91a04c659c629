"""Real clients against the conforming registry: crane, skopeo, docker and oras."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import subprocess
import sys

import pytest

from pyggcr import crane, empty, layout, mutate, random, registry, v1
from pyggcr.mutate import IndexAddendum

UNKNOWN = v1.Platform(os="unknown", architecture="unknown")
LINUX = v1.Platform(os="linux", architecture="amd64")


@pytest.fixture
def host(tmp_path):
    with registry.serve(conforming=True, folder=tmp_path / "registry") as server:
        yield server.host


@pytest.fixture
def attested(tmp_path):
    """The path of a layout with an index: an image, and what attests how it was built."""
    image, attestation = (
        mutate.config_file(made, dataclasses.replace(made.config_file(), **platform))
        for made, platform in (
            (random.image(2000, 2), {"os": "linux", "architecture": "amd64"}),
            (random.image(500, 1), {"os": "unknown", "architecture": "unknown"}),
        )
    )
    annotations = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": str(image.digest()),
    }
    index = mutate.append_manifests(
        empty.index(),
        IndexAddendum(image, platform=LINUX),
        IndexAddendum(attestation, platform=UNKNOWN, annotations=annotations),
    )
    path = tmp_path / "layout"
    layout.write(path, empty.index()).append_index(index)
    return path


def parts(host, name):
    """The digests in an index of the registry, whose parts are all there."""
    index = json.loads(crane.manifest(f"{host}/{name}", insecure=True))
    digests = [it["digest"] for it in index["manifests"]]
    for digest in digests:
        crane.manifest(f"{host}/{name.partition(':')[0]}@{digest}")
    return digests


def test_crane(host, attested, run_crane, tmp_path):
    run_crane("push", attested, f"{host}/a:1")
    run_crane("copy", f"{host}/a:1", f"{host}/b/c:2")
    assert run_crane("digest", f"{host}/a:1") == run_crane("digest", f"{host}/b/c:2")
    run_crane("validate", "--remote", f"{host}/b/c:2")
    run_crane("pull", "--format", "oci", f"{host}/b/c:2", tmp_path / "pulled")
    assert run_crane("ls", f"{host}/a") == "1"
    assert run_crane("catalog", host).split() == ["a", "b/c"]
    assert len(parts(host, "b/c:2")) == 2


def test_skopeo(host, attested, run_skopeo, tmp_path):
    target = f"docker://{host}/a:1"
    run_skopeo("copy", "--all", "--dest-tls-verify=false", f"oci:{attested}", target)
    assert len(parts(host, "a:1")) == 2
    back = tmp_path / "back"
    run_skopeo("copy", "--all", "--src-tls-verify=false", target, f"dir:{back}")
    assert (back / "manifest.json").read_text() == crane.manifest(f"{host}/a:1").decode()
    listed = json.loads(run_skopeo("list-tags", "--tls-verify=false", f"docker://{host}/a"))
    assert listed["Tags"] == ["1"]
    run_skopeo("delete", "--tls-verify=false", target)
    assert crane.list_tags(f"{host}/a") == []


def test_docker(host, attested, docker_daemon, run_skopeo):
    target = f"docker://{host}/a:1"
    run_skopeo("copy", "--all", "--dest-tls-verify=false", f"oci:{attested}", target)
    docker_daemon.remove_images()
    docker_daemon.run("pull", f"{host}/a:1")
    docker_daemon.run("tag", f"{host}/a:1", f"{host}/b:2")
    docker_daemon.run("push", f"{host}/b:2")
    docker_daemon.remove_images()
    docker_daemon.run("pull", f"{host}/b:2")
    docker_daemon.remove_images()
    assert len(json.loads(crane.config(f"{host}/b:2"))["rootfs"]["diff_ids"]) == 2


def test_oras(host, require, tmp_path):
    if importlib.util.find_spec("oras") is None:
        require("oras", "oras (of PyPI) is not installed")
    (tmp_path / "notes.txt").write_text("what an artifact holds")
    script = (
        "import sys, oras.client\n"
        "client = oras.client.OrasClient(hostname=sys.argv[1], insecure=True)\n"
        "target = f'{sys.argv[1]}/artifacts/notes:1'\n"
        "client.push(target=target, files=['notes.txt:text/plain'])\n"
        "client.pull(target=target, outdir='out')\n"
    )
    subprocess.run([sys.executable, "-c", script, host], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "out" / "notes.txt").read_text() == "what an artifact holds"
