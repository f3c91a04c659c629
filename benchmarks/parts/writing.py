"""Images that are made and written: a layer is appended and pushed, and a layout is written.

The registry is emptied before each push, and each layout is written into a new folder. Crane has no
command that makes a layout of an archive, so there a small program of ours stands for the library.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.corpus.archives import image_archive, layer_tar
from benchmarks.parts.contestants import GO_ENGINE, PYGGCR, engine_profile
from benchmarks.parts.registries import AS_LIBRARY, SMALL, with_crane
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import MissingPeerError, go_peers
from benchmarks.runner.process import run
from benchmarks.runner.registry import Registry, registry
from benchmarks.runner.report import say

__all__ = ["measure"]

_LAYER_SIZE = 100_000_000
_IMAGE_SIZE = 200_000_000
_QUICK_SIZE = 20_000_000


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """A contest for each job."""
    effort = Effort(3, 20) if quick else Effort(7)
    profiles = list(with_crane(missing))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            with registry() as running:
                layer = layer_tar(_QUICK_SIZE if quick else _LAYER_SIZE)
                append = _contest("append and push", _Append(layer, running), profiles)
                say(append.name)
                found.append(append.hold(effort))
        except MissingPeerError as reason:
            missing["a registry"] = str(reason)
        archive = image_archive("plain", _QUICK_SIZE if quick else _IMAGE_SIZE)
        write = _contest("write a layout", _Write(archive, Path(folder)), profiles)
        say(write.name)
        found.append(write.hold(effort))
    return found


@dataclass
class _Append:
    """A plain layer onto an empty image, into a registry that is empty."""

    source: Path
    registry: Registry
    verb: str = "append"
    peer: str = "crane"
    _numbers: Iterator[int] = field(default_factory=count)

    def target(self) -> str:
        self.registry.clear()
        return f"{self.registry.host}/bench/appended-{next(self._numbers)}:1"

    def by_go(self, profile: str, target: str) -> list[str]:
        return [go_peers(profile).crane, "append", "-f", str(self.source), "-t", target]

    def answer(self, target: str) -> str:
        from pyggcr import remote

        return str(remote.head(target).digest)


@dataclass
class _Write:
    """An archive of plain layers into a new layout."""

    source: Path
    folder: Path
    verb: str = "layout"
    peer: str = "the library"

    def target(self) -> str:
        path = self.folder / "layout"
        shutil.rmtree(path, ignore_errors=True)
        return str(path)

    def by_go(self, profile: str, target: str) -> list[str]:
        return [go_peers(profile).peer, "layout", str(self.source), target]

    def answer(self, target: str) -> str:
        digest: str = json.loads((Path(target) / "index.json").read_text())["manifests"][0][
            "digest"
        ]
        return digest


_Job = _Append | _Write


def _contest(name: str, job: _Job, profiles: list[str]) -> Contest:
    rivals = [
        *(_go(job, profile) for profile in profiles),
        _library(job, f"{GO_ENGINE}, {AS_LIBRARY}", "go", ""),
        *(_library(job, f"{PYGGCR}, {AS_LIBRARY}, {it}", "python", it) for it in profiles),
    ]
    facts = {"verb": job.verb, "form": "plain", "bytes": job.source.stat().st_size}
    return Contest(name, rivals, {**facts, "peer": job.peer})


def _go(job: _Job, profile: str) -> Contestant:
    def score() -> Score:
        target = job.target()
        done = run(job.by_go(profile, target))
        return Score(done.seconds, job.answer(target), done.peak_memory)

    words = job.by_go(profile, "TARGET")
    shown = " ".join("SOURCE" if it == str(job.source) else it for it in words[1:])
    return Contestant(f"{job.peer}, {profile}", score, profile, f"{Path(words[0]).name} {shown}")


def _library(job: _Job, name: str, engine: str, profile: str) -> Contestant:
    def score() -> Score:
        target = job.target()
        command = [sys.executable, "-m", "benchmarks.library"]
        done = run([*command, job.verb, str(job.source), target, engine, profile, str(SMALL)])
        seconds = done.output.partition(" ")[0]
        return Score(float(seconds), job.answer(target), done.peak_memory)

    return Contestant(name, score, profile or engine_profile())
