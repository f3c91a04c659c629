"""Start-up: the import, the shell's first answer, and what heavy modules are loaded for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.parts.contestants import crane_name, pyggcr_command
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import GO_VERSIONS, MissingPeerError, go_peers
from benchmarks.runner.process import run
from benchmarks.runner.registry import registry
from benchmarks.runner.report import say

__all__ = ["HEAVY", "heavy_modules", "measure"]

# What must not be loaded by ``import pyggcr``: Go's library, isal, rich.
HEAVY = ("pyggcr._go", "_cffi_backend", "cffi", "isal", "rich")

_SMALL = ROOT / "tests" / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"

_TIMED_IMPORT = (
    "from time import perf_counter as now; start = now(); import pyggcr; print(now() - start)"
)


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """The import by itself, and whole processes side by side."""
    effort = Effort(5 if quick else 21, 30)
    say("start-up")
    found = [
        Contest("import pyggcr", [Contestant("import pyggcr", _imported)]).hold(effort),
        Contest("start-up from the shell", _commands(missing)).hold(effort),
    ]
    found[0]["heavy_modules"] = heavy_modules()
    if counted := _instructions():
        found[1]["instructions"] = counted
    else:
        missing["instructions of a start"] = "there is no valgrind on PATH"
    try:
        with registry() as running, tempfile.TemporaryDirectory() as folder:
            rivals = _registry_verbs(running.host, Path(folder), missing)
            found.append(Contest("registry verbs on a small image", rivals).hold(effort))
    except MissingPeerError as reason:
        missing["a registry"] = str(reason)
    return found


def _registry_verbs(host: str, folder: Path, missing: dict[str, str]) -> list[Contestant]:
    """The verbs on a small image, by pyggcr and by crane of the first Go that is there."""
    source = f"{host}/bench/small:1"
    subprocess.run(
        [*pyggcr_command(), "push", str(_SMALL), source], check=True, capture_output=True
    )
    lines = {
        "digest": ["digest", source],
        "manifest": ["manifest", source],
        "ls": ["ls", f"{host}/bench/small"],
        "copy": ["copy", source, f"{host}/bench/copied:1"],
        "pull": ["pull", source, str(folder / "pulled.tar")],
        "push": ["push", str(_SMALL), f"{host}/bench/pushed:1"],
    }
    rivals = [_command("python -c pass", [sys.executable, "-c", "pass"], "")]
    programs = {"pyggcr": pyggcr_command()}
    for profile in GO_VERSIONS:
        try:
            programs["crane"] = [go_peers(profile).crane]
            break
        except MissingPeerError as reason:
            missing[f"crane, {profile}"] = str(reason)
    for verb, words in lines.items():
        for name, program in programs.items():
            options = ["--engine", "python"] if name == "pyggcr" else []
            # What is printed by the others names time and place.
            group = verb if verb in ("digest", "manifest", "ls") else f"{verb} by {name}"
            rivals.append(_command(f"{name} {verb}", [*program, *words, *options], group))
    return rivals


def _instructions() -> int | None:
    """Instructions of ``digest`` of a small archive above ``python -c pass``."""
    if shutil.which("valgrind") is None:
        return None
    digest = [str(Path(sys.executable).with_name("pyggcr")), "digest", str(_SMALL)]
    run_digest = [sys.executable, *digest, "--engine", "python"]
    return _counted(run_digest) - _counted([sys.executable, "-c", "pass"])


def _counted(command: list[str]) -> int:
    counting = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(counting, env=environment, capture_output=True, text=True, check=True)
    said = re.search(r"refs: +([\d,]+)", done.stderr)
    assert said is not None, done.stderr
    return int(said[1].replace(",", ""))


def _imported() -> Score:
    done = run([sys.executable, "-c", _TIMED_IMPORT])
    return Score(float(done.output), "", done.peak_memory)


def _commands(missing: dict[str, str]) -> list[Contestant]:
    pyggcr = pyggcr_command()
    digest = [*pyggcr, "digest", str(_SMALL), "--engine", "python"]
    rivals = [
        _command("python -c pass", [sys.executable, "-c", "pass"], "nothing"),
        _command("python -c 'import pyggcr'", [sys.executable, "-c", "import pyggcr"], "nothing"),
        _command("pyggcr --version", [*pyggcr, "--version"], "version"),
        _command("pyggcr digest of a small archive", digest, "digest"),
    ]
    for profile in GO_VERSIONS:
        try:
            crane = go_peers(profile).crane
        except MissingPeerError as reason:
            missing[crane_name("digest", profile)] = str(reason)
            continue
        command = [crane, "digest", "--tarball", str(_SMALL)]
        rivals.append(_command(f"crane digest of it, {profile}", command, "digest"))
    return rivals


def _command(name: str, command: list[str], group: str) -> Contestant:
    def score() -> Score:
        done = run(command)
        return Score(done.seconds, done.output.strip(), done.peak_memory)

    return Contestant(name, score, group)


def heavy_modules() -> list[str]:
    """Which of HEAVY a process has loaded after ``import pyggcr``."""
    code = "import sys, pyggcr; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    return [name for name in HEAVY if name in loaded]
