"""Start-up: the import, the shell's first answer, and what heavy modules are loaded for it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from benchmarks import ROOT
from benchmarks.parts.contestants import crane_name, pyggcr_command
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import GO_VERSIONS, MissingPeerError, go_peers
from benchmarks.runner.process import run
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
    return found


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
