"""The Python of docs/daemon.md prints what the page shows, and its commands run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys

import pytest
from support.pages import ROOT, blocks, command_lines

from pyggcr import crane, registry, store

BLOCKS = blocks(ROOT / "docs" / "daemon.md")
PYTHON = [block for block in BLOCKS if block.language == "python"]
COMMANDS = [line for it in BLOCKS if it.language == "sh" for line in command_lines(it)]
ARCHIVE = ROOT / "tests" / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"


def test_the_python_prints_what_the_document_shows(engine, fake, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    namespace: dict[str, object] = {"__name__": "__main__"}
    assert len(PYTHON) >= 4
    for block in PYTHON:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(block.code, namespace)
        assert printed.getvalue() == block.output


@pytest.fixture
def host(tmp_path, monkeypatch):
    """The registry of the page, with the images that it pulls."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with registry.serve(engine="python") as server:
        with store.open(ARCHIVE) as opened:
            for name in ("app:1", "other:2"):
                crane.push(opened.image(), f"{server.host}/team/{name}")
        yield server.host


def test_the_commands_run(fake, host, tmp_path, go_engine):
    lines = [line.replace("registry.example.com", host) for line in COMMANDS]
    assert len(lines) >= 8
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "support" / "command_lines.py"],
        cwd=tmp_path,
        env={**os.environ, "DOCKER_HOST": fake.host, "PYTHONPATH": str(ROOT)},
        input=json.dumps([shlex.split(line)[1:] for line in lines]),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for line, (code, _, err) in zip(lines, json.loads(done.stdout), strict=True):
        # The doctor has something to say of what 25.0.2 writes.
        assert code == (1 if line.startswith("pyggcr doctor") else 0), f"{line}: {err}"
