"""Progress of transfers: a counter or a bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.faulty_proxy import Fault

from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)

# What a terminal obeys, and does not show.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_MIB = 1 << 20


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """An archive of a layer that cannot be compressed."""
    path = tmp_path_factory.mktemp("archive") / "app.tar"
    layer = LayerSpec(make_tar([member("a", os.urandom(8 * _MIB))]))
    path.write_bytes(docker_save([ImageSpec([layer], tags=["app:1"])]))
    return path


@pytest.fixture
def on_terminal(engine, tmp_path):
    """``on_terminal(…)``: what the command shows on a terminal, and prints into a pipe."""

    def run(*arguments: object) -> tuple[str, str]:
        ours, theirs = pty.openpty()
        shown: list[bytes] = []

        def read() -> None:
            while True:
                try:
                    piece = os.read(ours, 1 << 16)
                except OSError:  # nobody has the terminal open any more
                    return
                shown.append(piece)

        reader = threading.Thread(target=read)
        reader.start()
        environment = {
            **os.environ,
            "PYGGCR_ENGINE": engine,
            "DOCKER_CONFIG": str(tmp_path),
            "TERM": "xterm",
            "COLUMNS": "120",
        }
        done = subprocess.run(
            [sys.executable, "-m", "pyggcr", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=environment,
            timeout=120,
            check=True,
        )
        os.close(theirs)
        reader.join()
        os.close(ours)
        return _CONTROL.sub("", b"".join(shown).decode()), done.stdout.decode()

    return run


def slowly(handler) -> None:
    """Pass an answer on, with a pause in the middle of it (``Fault``)."""

    def pieces(all_pieces):
        for piece in all_pieces:
            time.sleep(0.005)
            yield piece

    handler.pass_on(pieces)


@pytest.fixture
def slow(real_registry, faulty):
    """A registry whose blobs take some time."""
    return faulty(real_registry.host, Fault("GET", "/blobs/", slowly, None)).host


def test_push_counts_and_pull_has_a_bar(slow, repository, archive, on_terminal, tmp_path):
    target = f"{slow}/{repository}:1"
    shown, printed = on_terminal("push", archive, target)
    assert f"pushing {target}" in shown
    assert re.search(r"[1-9][0-9.]*/\? [MGk]?B", shown)
    assert printed.startswith(f"{slow}/{repository}@sha256:")
    shown, printed = on_terminal("pull", target, tmp_path / "pulled.tar")
    assert "pulling" in shown
    assert re.search(r"[1-9][0-9.]*/8\.4 MB", shown)
    assert printed == ""
    shown, printed = on_terminal("validate", "--remote", target)
    assert re.search(r"reading .* [1-9][0-9.]*/\? [MGk]?B", shown)
    assert printed == f"PASS: {target}\n"


def test_the_bar_goes_away(slow, repository, archive, on_terminal):
    shown, _ = on_terminal("push", archive, f"{slow}/{repository}:1")
    assert shown.rpartition("\r")[2].strip() == ""


def test_with_verbose_there_is_no_bar(slow, repository, archive, on_terminal):
    shown, _ = on_terminal("push", "--verbose", archive, f"{slow}/{repository}:1")
    assert "--> PUT" in shown
    assert "pushing" not in shown


@pytest.mark.parametrize("command", ["push", "pull", "copy", "copy --all-tags", "validate"])
def test_a_pipe_is_told_nothing(real_registry, repository, archive, engine, tmp_path, command):
    environment = {**os.environ, "PYGGCR_ENGINE": engine, "DOCKER_CONFIG": str(tmp_path)}
    app = f"{real_registry.host}/{repository}"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "pyggcr", *map(str, arguments)]
        return subprocess.run(
            words, capture_output=True, text=True, env=environment, timeout=120, check=True
        )

    assert run("push", archive, f"{app}:1").stderr == ""
    arguments = {
        "push": ["push", archive, f"{app}:2"],
        "pull": ["pull", f"{app}:1", tmp_path / "pulled.tar"],
        "copy": ["copy", f"{app}:1", f"{app}/copy:1"],
        "copy --all-tags": ["copy", "--all-tags", app, f"{app}/copies"],
        "validate": ["validate", "--remote", f"{app}:1"],
    }
    assert run(*arguments[command]).stderr == ""
