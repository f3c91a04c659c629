"""Inputs and systems that mean harm: a right answer or a clean error, the same on both engines."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pyggcr
from pyggcr import tarball, validate
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
    zstd_compress,
)

CONTENT = layer_tar({"a": b"hello" * 300})


def saved(layer: bytes, *, config: bytes | None = None, manifest: bytes | None = None) -> bytes:
    """An archive of one layer, stored as these bytes, whose content is ``CONTENT``."""
    diff_id = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    rootfs = {"type": "layers", "diff_ids": [diff_id]}
    document = {"architecture": "amd64", "os": "linux", "rootfs": rootfs}
    listed = [{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["l.tar"]}]
    return make_tar(
        [
            member("c.json", json.dumps(document).encode() if config is None else config),
            member("l.tar", layer),
            member("manifest.json", json.dumps(listed).encode() if manifest is None else manifest),
        ]
    )


def skippable(size: int, number: int = 0, claims: int | None = None) -> bytes:
    """A frame of zstd that is passed over."""
    head = bytes([0x50 + number]) + b"\x2a\x4d\x18"
    return head + (size if claims is None else claims).to_bytes(4, "little") + bytes(size)


FRAME = zstd_compress(CONTENT)
LAYERS = {
    "behind": FRAME + skippable(100),
    "between": zstd_compress(CONTENT[:700]) + skippable(9, 15) + zstd_compress(CONTENT[700:]),
    "very many": FRAME + skippable(0) * 100_000,
    "claims 4 GiB": FRAME + skippable(10, claims=0xFFFFFFFF),
    "cut in its head": FRAME + skippable(10)[:6],
    "first": skippable(100) + FRAME,
    "nothing else": skippable(100),
}


def said(path: Path, engine: str) -> str:
    """What comes of reading the layer of an archive, and of validating its image."""
    answers = []
    try:
        with tarball.image_from_path(path, engine=engine) as image:
            for ask in (
                lambda: hashlib.sha256(image.layers()[0].uncompressed().read()).hexdigest(),
                lambda: str(validate.image(image)),
            ):
                try:
                    answers.append(ask())
                except pyggcr.Error as error:
                    answers.append(str(error))
    except pyggcr.Error as error:
        answers.append(str(error))
    return "\n".join(answers)


@pytest.mark.usefixtures("go_engine")
@pytest.mark.parametrize("name", LAYERS)
def test_frames_of_zstd_that_are_passed_over(tmp_path, name):
    path = tmp_path / "a.tar"
    path.write_bytes(saved(LAYERS[name]))

    go, python = said(path, "go"), said(path, "python")

    assert go == python
    if name in ("behind", "between", "very many"):
        assert hashlib.sha256(CONTENT).hexdigest() in python


def long_string(document: bytes, size: int) -> bytes:
    """A JSON object with one more member: a string of that size."""
    return document[:-1] + b', "x": "' + b"s" * size + b'"}'


@pytest.mark.parametrize("what", ["config", "manifest"])
@pytest.mark.parametrize("size", [70 << 20, pytest.param(200_000_000, marks=pytest.mark.full)])
def test_one_string_of_json_that_is_larger_than_documents_may_be(tmp_path, engine, what, size):
    document = long_string(b'{"rootfs": {"type": "layers", "diff_ids": []}}', size)
    if what == "manifest":
        data = saved(CONTENT, manifest=b"[" + long_string(b'{"Config": "c.json"}', size) + b"]")
    else:
        data = saved(CONTENT, config=document)
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    del data, document

    with pytest.raises(pyggcr.Error), tarball.image_from_path(path, engine=engine) as image:
        validate.image(image)


OPENS = """
import os, sys, pyggcr
path, engine, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
def turn(times):
    for _ in range(times):
        with pyggcr.tarball.image_from_path(path, engine=engine) as image:
            image.digest()
        with pyggcr.open(path) as store:
            store.images()
def memory():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
turn(100)
files, before = len(os.listdir("/proc/self/fd")), memory()
turn(times)
print(len(os.listdir("/proc/self/fd")) - files, (memory() - before) >> 20)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts files in /proc")
@pytest.mark.parametrize("times", [300, pytest.param(10_000, marks=pytest.mark.full)])
def test_many_opens_keep_no_file_and_little_memory(tmp_path, engine, times):
    path = tmp_path / "a.tar"
    path.write_bytes(docker_save([ImageSpec([LayerSpec(CONTENT, "gzip")], ["app:1"])]))
    command = [sys.executable, "-c", OPENS, str(path), engine, str(times)]

    run = subprocess.run(command, capture_output=True, text=True, check=True)

    files, megabytes = map(int, run.stdout.split())
    assert files <= 2
    assert megabytes <= 20


def in_small_folder(script: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a script where ``$DIR`` is a file system of 64 KiB of its own, in a namespace."""
    mount = f"mount -t tmpfs -o size=64k{''.join(',' + it for it in options)} none $DIR"
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", f"{mount}\n{script}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """An archive that has no room in a small file system, and that file system's folder."""
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare")
    folder = tmp_path / "small"
    folder.mkdir()
    monkeypatch.setenv("DIR", str(folder))
    if in_small_folder("true").returncode:
        pytest.skip("no file system may be mounted in a namespace")
    random = hashlib.shake_256(b"x").digest(300_000)
    layer = LayerSpec(layer_tar({"random": random}))
    archive = tmp_path / "app.tar"
    archive.write_bytes(docker_save([ImageSpec([layer], ["app:1"])]))
    (tmp_path / "app.tar.gz").write_bytes(gzip.compress(archive.read_bytes()))
    return archive


CLI = f"{sys.executable} -m pyggcr"


@pytest.mark.parametrize("verb", ["repair", "copy"])
def test_a_file_system_that_is_full(small, verb):
    script = f"set +e; {CLI} {verb} {small} $DIR/out.tar; echo code $?; ls -A $DIR"
    run = in_small_folder(script)
    assert run.stdout == "code 2\n", run.stdout  # nothing is left behind
    assert "no space left on device" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("options", [(), ("ro",)], ids=["full", "read-only"])
@pytest.mark.parametrize("verb", ["digest", "validate"])
def test_temporary_files_have_no_room(small, engine, options, verb):
    script = (
        f"set +e; TMPDIR=$DIR {CLI} {verb} {small}.gz --engine {engine}; echo code $?; ls -A $DIR"
    )
    run = in_small_folder(script, *options)
    codes = ["code 1", "code 2"]
    if options:
        codes.append("code 0")  # Python takes another folder then
    assert run.stdout.splitlines()[-1] in codes, run.stdout  # nothing is left behind
    assert "Traceback" not in run.stderr
    assert options or "no space left on device" in run.stderr


PEAK = """
import sys, pyggcr
from pyggcr import tarball, validate
def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10
pyggcr.engines()
before = peak()
with tarball.image_from_path(sys.argv[1], engine="go") as image:
    validate.image(image)
print(peak() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.usefixtures("go_engine", "run_crane")
@pytest.mark.parametrize("count", [20_000, pytest.param(500_000, marks=pytest.mark.full)])
def test_the_go_engine_takes_no_more_memory_for_many_entries_than_crane(tmp_path, count):
    path = tmp_path / "many.tar"
    image = docker_save([ImageSpec([LayerSpec(CONTENT, "gzip")], ["app:1"])])
    header = member("folder/file")[0].tobuf()
    with path.open("wb") as file:
        for _ in range(count // 1000):
            file.write(header * 1000)
        file.write(image)

    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True
    )
    crane = subprocess.Popen(
        ["crane", "validate", "--tarball", str(path)], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(crane.pid, 0)
    crane.returncode = os.waitstatus_to_exitcode(status)

    assert crane.returncode == 0
    assert int(run.stdout) <= usage.ru_maxrss * 1024 * 1.05
