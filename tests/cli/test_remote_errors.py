"""What goes wrong is told in crane's words, less what crane's commands put before Go's text."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.faulty_proxy import Fault, stall

from pyggcr.cli import app as program

DATA = Path(__file__).parent.parent / "data" / "docker"
GZIP = DATA / "28.5.2-containerd-store" / "app-tag.tar"
_NONE = "sha256:" + 64 * "0"
_BAD = "registry.example.com/UPPER"
# APP is a repository with a tag 1, DIR an empty folder, GZIP an archive.
CASES = [
    "digest APP:none",
    "digest --tarball DIR/none.tar",
    "digest --platform x/y/z/w APP:1",
    "manifest APP:none",
    "config APP:none",
    "ls APP/none",
    f"ls {_BAD}",
    "catalog 127.0.0.1:1",
    "catalog UPPER/x",
    f"blob APP@{_NONE}",
    "blob APP",
    "tag APP:none 2",
    f"delete APP@{_NONE}",
    "delete APP:1",
    f"delete {_BAD}",
    "copy APP:none APP:2",
    f"copy {_BAD} APP",
    f"copy APP:1 {_BAD}",
    "copy --no-clobber APP:1 APP:1",
    "copy --all-tags APP/none APP/x",
    f"copy -a {_BAD} APP",
    "pull APP:none DIR/x",
    f"pull {_BAD} DIR/x",
    "pull APP:1 DIR/none/x",
    "pull --format legacy APP:1 DIR/none/x",
    f"push GZIP {_BAD}",
    "push GZIP APP:2 --image-refs DIR/none/x",
    "validate --remote APP:none",
    f"validate --remote {_BAD}",
    "validate --tarball DIR/none.tar",
    "export APP:none",
    "export APP:1 DIR/none/x",
    "auth login no:registry/at/all -u a -p b",
    "auth logout no:registry/at/all",
    "auth get no:registry/at/all",
    f"auth token {_BAD}",
]


@pytest.fixture
def app(real_registry, repository, run_crane):
    """A repository with an image, ``1``."""
    run_crane("push", GZIP, f"{real_registry.host}/{repository}:1")
    return f"{real_registry.host}/{repository}"


@pytest.mark.parametrize("case", CASES)
def test_errors_are_crane_s(app, engine, monkeypatch, tmp_path, case):
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    places = {"APP": app, "DIR": str(tmp_path), "GZIP": str(GZIP)}
    arguments = case.split()
    for word, place in places.items():
        arguments = [it.replace(word, place) for it in arguments]
    theirs = subprocess.run(
        ["crane", *arguments], capture_output=True, text=True, env=os.environ, timeout=120
    )
    ours = CliRunner().invoke(program, arguments)
    assert (theirs.returncode, ours.exit_code) == (1, 2)
    assert theirs.stdout == ours.stdout == ""
    _, marker, text = theirs.stderr.partition("Error: ")
    assert marker
    said = ours.stderr.removeprefix("pyggcr: ").strip()
    assert said
    assert text.strip().replace("\n", r"\x0a").endswith(said)
    assert ours.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("push", "/dev/null", "x:1"), ("validate", "/dev/null")])
def test_what_is_no_file_is_named(engine, monkeypatch, command):
    # crane reads it as an empty archive: file manifest.json not found in tar.
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    result = CliRunner().invoke(program, command)
    assert result.exit_code == 2
    assert result.stderr == "pyggcr: /dev/null is a character device, not a file\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("command", ["pull", "export"])
def test_signals_that_end_it_leave_no_half_file(app, faulty, engine, tmp_path, command, number):
    host, _, path = app.partition("/")
    proxy = faulty(host, Fault("GET", "/blobs/sha256:.*", stall(100), times=None))
    arguments = [*command.split(), f"{proxy.host}/{path}:1", tmp_path / "out.tar"]
    environment = {**os.environ, "PYGGCR_ENGINE": engine}
    process = subprocess.Popen(
        [sys.executable, "-m", "pyggcr", *arguments], stderr=subprocess.PIPE, env=environment
    )
    deadline = time.monotonic() + 20
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (128 + number, b"")
    assert list(tmp_path.iterdir()) == []
