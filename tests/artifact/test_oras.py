"""oras (its Python client) reads what is pushed here, and the other way round."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from pyggcr import artifact, crane


@pytest.fixture
def oras(require, real_registry, monkeypatch, tmp_path):
    """``oras(verb, …)``: a method of oras' client, for a registry without TLS."""
    if importlib.util.find_spec("oras") is None:
        require("oras", "oras (of PyPI) is not installed")
    monkeypatch.setenv("HOME", str(tmp_path))
    work = tmp_path / "work"
    (work / "site").mkdir(parents=True)
    (work / "site" / "index.html").write_text("<p>")
    (work / "notes.txt").write_text("hello")
    monkeypatch.chdir(work)

    def run(verb, **arguments):
        # In a process of its own: it leaves connections open.
        script = (
            "import json, sys, oras.client\n"
            "host, verb, arguments = json.loads(sys.argv[1])\n"
            "getattr(oras.client.OrasClient(hostname=host, insecure=True), verb)(**arguments)\n"
        )
        told = json.dumps([real_registry.host, verb, arguments])
        command = [sys.executable, "-c", script, told]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr

    return run


def test_oras_pulls_what_was_pushed(oras, real_registry, repository, engine, tmp_path):
    target = f"{real_registry.host}/{repository}:1"
    artifact.push(target, [artifact.File.parse("notes.txt:text/plain"), "site"], engine=engine)
    out = tmp_path / "out"
    out.mkdir()
    oras("pull", target=target, outdir=str(out))
    assert (out / "notes.txt").read_text() == "hello"
    assert (out / "site" / "index.html").read_text() == "<p>"


def test_what_oras_pushed_is_pulled(oras, real_registry, repository, engine, tmp_path):
    target = f"{real_registry.host}/{repository}:1"
    oras("push", target=target, files=["notes.txt:text/plain", "site"])
    artifact.pull(target, tmp_path / "out", engine=engine)
    assert (tmp_path / "out" / "notes.txt").read_text() == "hello"
    layers = json.loads(crane.manifest(target))["layers"]
    assert layers[0]["annotations"]["org.opencontainers.image.title"] == "notes.txt"
