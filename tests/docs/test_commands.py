"""Every command in a page runs, or is named here with the reason why it does not.

``test_how_to`` runs the blocks of the tutorial and of the how-to guides as they are, and
``test_daemon`` those of docs/daemon.md. Here are the commands of all other pages, each for itself,
in a folder that has the files they name. ``test_documents`` runs the Python of these pages.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.executables import executable
from support.pages import DOCUMENTS, PAGES, ROOT, blocks, command_lines

from pyggcr import build, crane, registry, store

DATA = ROOT / "tests" / "data"
ARCHIVE = DATA / "docker" / "28.5.2-containerd-store" / "app-tag.tar"
SAVED = DATA / "docker" / "25.0.2" / "app-tag.tar"
REGISTRY = "registry.example.com"

# Beside docs/how-to: the tests above, and a page about installing and compiling.
ELSEWHERE = {"docs/building.md", "docs/daemon.md", "docs/tutorial.md"}

# The beginning of a command, and why it is not run here.
NOT_RUN = {
    "pip install": "installs: tests/packaging does so in fresh environments",
    "make ": "a target of the Makefile: .ci/run makes demo, test and docs",
    "alias ": "only for a shell at a terminal",
    "crane ": "after `alias crane=…`; tests/cli/crane runs more than 500 such lines",
    "gcrane ": "after `alias gcrane=…`, at Google's registry; tests/cli/crane runs such lines",
    "source <(": "only for a shell at a terminal",
    "python -m tools.tool_table": "asks the Go module proxy; tests/tools has a stand-in",
    "PYTHONPATH=tests": "a campaign of minutes; the suite runs small ones",
    "PYGGCR_FULL=1": "a part of the test suite",
    "pyggcr doctor --daemon": "asks a daemon: test_daemon runs it with a stand-in",
    "pyggcr doctor --engine-check": "asks a daemon: tests/cli runs it with a stand-in",
    "pyggcr differential --generate": "a campaign of minutes: tests/differential runs small ones",
}

# Python that is not run, by a part of it.
PYTHON_NOT_RUN = {
    "gcr.io/project": "a registry of Google; tests/contract has a stand-in that lists as it does",
    "pytest_plugins": "a file for pytest: tests/testing runs the plugin",
    "def test_my_tool": "tests for pytest: tests/testing runs such tests",
}

# Commands that end with 1 when they have found something.
MAY_FIND = {"audit", "diff", "doctor", "tools"}


def commands(page: Path) -> list[str]:
    """The commands of a page that are run here."""
    every = [line for it in blocks(page) if it.language != "python" for line in command_lines(it)]
    return [line for line in every if not line.startswith((*NOT_RUN,))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def is_elsewhere(page: Path) -> bool:
    return name_of(page) in ELSEWHERE or page.parent.name == "how-to"


WITH_COMMANDS = [page for page in PAGES if not is_elsewhere(page) and commands(page)]


@pytest.fixture
def host(monkeypatch, tmp_path):
    """The registry of the pages."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with registry.serve(engine="python") as server:
        with store.open(ARCHIVE) as opened, build.layer({"/etc/os": "12\n"}) as layer:
            image = opened.image()
            crane.push(image, f"{server.host}/app:1")
            both = build.index(layers=[layer], platforms=["linux/amd64", "linux/arm64"])
            build.write(both, f"docker://{server.host}/team/app:1")
            build.write(build.image(layers=[layer]), f"docker://{server.host}/debian:12-slim")
        yield server.host


@pytest.fixture
def folder(tmp_path, host):
    """The folder that the commands run in."""
    work = tmp_path / "work"
    for made in (work / "site", work / "images", work / "bin"):
        made.mkdir(parents=True)
    shutil.copy(ARCHIVE, work / "app.tar")
    for name in ("image.tar", "images/image.tar"):
        shutil.copy(SAVED, work / name)
    (work / "site" / "index.html").write_text("<p>Hello</p>\n")
    shutil.make_archive(str(work / "files"), "tar", work / "site")
    (work / "mirror.yaml").write_text(
        f"version: 1\nsync: [{{image: '{host}/app:1', to: '{host}/mirror/app'}}]\n"
    )
    (work / "tools.txt").write_text("trivy=0.48.3\n")
    (work / "go.mod").write_text(
        "module x\n\ngo 1.22\n\nrequire github.com/google/go-containerregistry v0.18.0\n"
    )
    for name in ("trivy", "bin/trivy"):
        (work / name).write_bytes(executable())
        (work / name).chmod(0o755)
    return work


def need_parts(lines: list[str], require, request) -> None:
    """Skip a page whose commands need what is missing."""
    if any(line.startswith("pyggcr sync") for line in lines) and not find_spec("yaml"):
        require("yaml", "PyYAML is not installed (the extra sync)")
    if any(line.startswith("pyggcr differential") for line in lines):
        request.getfixturevalue("go_engine")


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_commands_run(page: Path, folder: Path, host: str, require, request) -> None:
    need_parts(commands(page), require, request)
    lines = [line.replace(REGISTRY, host) for line in commands(page)]
    lines = [line.replace("/usr/local/bin", "bin") for line in lines]
    with_a_shell = [line for line in lines if not line.startswith("pyggcr ") or "|" in line]
    plain = [line for line in lines if line not in with_a_shell]

    environment = {**os.environ, "PATH": str(folder / "bin"), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "support" / "command_lines.py"],
        cwd=folder,
        env=environment,
        input=json.dumps([shlex.split(line)[1:] for line in plain]),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for line, (code, _, err) in zip(plain, json.loads(done.stdout), strict=True):
        assert code in ((0, 1) if line.split()[1] in MAY_FIND else (0,)), f"{line}: {err}"
        assert "Traceback" not in err

    program = folder / "bin" / "pyggcr"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pyggcr "$@"\n')
    program.chmod(0o755)
    for line in with_a_shell:
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=folder,
            env={
                **os.environ,
                "PATH": f"{folder}/bin:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert ran.returncode == 0, f"{line}: {ran.stderr}"


def test_all_python_is_run_or_has_a_reason_why_not() -> None:
    unknown = [
        f"{name_of(page)}:{block.line}"
        for page in PAGES
        for block in blocks(page)
        if block.language == "python"
        and not is_elsewhere(page)
        and name_of(page) not in DOCUMENTS
        and not any(part in block.code for part in PYTHON_NOT_RUN)
    ]

    assert unknown == []


def test_every_reason_is_still_needed() -> None:
    every = [block for page in PAGES if not is_elsewhere(page) for block in blocks(page)]
    lines = [line for it in every if it.language != "python" for line in command_lines(it)]
    python = [it.code for it in every if it.language == "python"]

    assert [it for it in NOT_RUN if not any(line.startswith(it) for line in lines)] == []
    assert [it for it in PYTHON_NOT_RUN if not any(it in code for code in python)] == []


def test_there_are_many_examples() -> None:
    """How many there are, to notice when a change makes them invisible to these tests."""
    every = [block for page in PAGES for block in blocks(page)]
    lines = [line for it in every if it.language != "python" for line in command_lines(it)]

    assert len([it for it in every if it.language == "python"]) >= 45
    assert len(lines) >= 130
