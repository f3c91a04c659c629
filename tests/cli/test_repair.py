"""``pyggcr repair``: what it prints, its exit codes, and that it writes what the library writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyggcr.doctor import repair

CONFIG = "sha256:0303cadc4b7067d318643199dd5174e379e2b55da5a05651dd3c1ac7e3190535"


def source(docker: Path) -> Path:
    return docker / "28.5.2-containerd-store" / "app-loaded-from-24.tar"


def test_it_says_what_it_wrote(run, docker: Path, tmp_path: Path) -> None:
    result = run("repair", source(docker), tmp_path / "out.tar")
    assert result.exit_code == 0
    assert result.stdout == (
        f"app:1 linux/amd64: {CONFIG}, 4 layers\n1 image written to {tmp_path}/out.tar\n"
    )
    repair(source(docker), tmp_path / "library.tar")
    assert (tmp_path / "out.tar").read_bytes() == (tmp_path / "library.tar").read_bytes()


def test_the_compression_can_be_chosen(run, docker: Path, tmp_path: Path) -> None:
    result = run("repair", source(docker), tmp_path / "out.tar", "--compression", "plain")
    assert result.exit_code == 0
    repair(source(docker), tmp_path / "library.tar", compression="plain")
    assert (tmp_path / "out.tar").read_bytes() == (tmp_path / "library.tar").read_bytes()


def test_a_tag_chooses(run, docker: Path, tmp_path: Path) -> None:
    result = run("repair", docker / "28.5.2" / "multi.tar", tmp_path / "o.tar", "--tag", "dup:1")
    assert result.exit_code == 0
    assert result.stdout.startswith("dup:1 linux/amd64: ")
    assert "1 image written" in result.stdout


def test_as_json(run, docker: Path, tmp_path: Path) -> None:
    result = run("repair", source(docker), tmp_path / "out.tar", "--json")
    document = json.loads(result.stdout)
    assert list(document) == ["archive", "written", "images"]
    assert document["written"] == f"{tmp_path}/out.tar"
    (image,) = document["images"]
    assert image["tags"] == ["app:1"]
    assert image["platform"] == "linux/amd64"
    assert image["config_name"] == CONFIG
    assert len(image["diff_ids"]) == 4
    assert image["oci_digest"].startswith("sha256:")


def test_what_cannot_be_repaired_is_one_line_and_exit_code_2(run, tmp_path: Path) -> None:
    (tmp_path / "in.tar").write_bytes(b"text")
    result = run("repair", tmp_path / "in.tar", tmp_path / "out.tar")
    assert result.exit_code == 2
    assert result.stderr.startswith("pyggcr: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out.tar").exists()


def test_permissions_are_asked_of_the_system_alone(
    run, docker: Path, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_arguments, **_options: False)
    target = tmp_path / "out.tar"
    target.touch(0o200)
    assert run("repair", docker / "25.0.2/app-tag.tar", target).exit_code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_that_end_it_leave_nothing(tmp_path: Path, number: int) -> None:
    from support.big import write_archive

    write_archive(tmp_path / "big.tar", 1 << 30)
    folder = tmp_path / "folder"
    folder.mkdir()
    command = [sys.executable, "-m", "pyggcr", "repair", tmp_path / "big.tar", folder / "out.tar"]
    process = subprocess.Popen([*command, "--compression", "gzip"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (128 + number, b"")
    assert list(folder.iterdir()) == []


def test_the_handlers_are_what_they_were(run, docker: Path, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run("repair", source(docker), tmp_path / "out.tar").exit_code == 0
    assert signal.getsignal(signal.SIGTERM) is before
