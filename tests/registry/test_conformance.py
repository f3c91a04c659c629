"""The OCI conformance suites against both ways to serve, and against crane's own registry."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess

import pytest
from support.conformance import build, counted, results
from support.shared_builds import build_once, shared_folder

from pyggcr import registry

# Of crane's registry, which is far from conforming.
FAILURES = {"2023": 14, "2026": 435}


@pytest.fixture(scope="session", params=["2023", "2026"])
def suite(request, require, tmp_path_factory):
    """``suite(host, folder)``: the results of a suite; ``suite.year`` says which."""
    year = request.param
    if shutil.which("go") is None:
        require("go", "there is no Go compiler")
    target = shared_folder(tmp_path_factory) / f"conformance{year}"
    program = build_once(target, lambda path: build(year, path))

    def run(host, folder):
        return results(program, year, host, folder)

    run.year = year
    return run


def test_the_conforming_registry_passes(suite, tmp_path):
    with registry.serve(conforming=True, folder=tmp_path / "registry") as server:
        found = suite(server.host, tmp_path / "results")

    assert [name for name, it in found if it == "failed"] == []
    counts = counted(found)
    if suite.year == "2023":
        assert counts == {"passed": 75, "skipped": 5}  # one of them is its own set-up
    else:
        assert counts == {"passed": 693, "skipped": 2}  # which are off by default


def test_the_mirror_does_as_crane_does(engine, suite, run_crane, tmp_path):
    with registry.serve(engine=engine) as server:
        found = suite(server.host, tmp_path / "own")
    with crane_s_registry() as host:
        wanted = suite(host, tmp_path / "crane")
    assert counted(wanted)["failed"] == FAILURES[suite.year]
    assert found == wanted


@contextlib.contextmanager
def crane_s_registry():
    """The address of ``crane registry serve``."""
    command = ["crane", "registry", "serve", "--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = re.search(r"serving on port (\d+)", process.stderr.readline())[1]
            # The requests that it logs would fill the pipe.
            drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()
            drain.wait()
