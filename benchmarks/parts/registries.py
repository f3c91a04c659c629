"""Images to, from and inside a registry on loopback: whole commands, and pyggcr as a library.

The registry is emptied before each push, and each copy has a new target. A library call is that of
a program that has done the like before: no start-up, no imports.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.corpus.archives import FORMS, image_archive
from benchmarks.parts.contestants import GO_ENGINE, PYGGCR, engine_profile, pyggcr_command
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import GO_VERSIONS, MissingPeerError, go_peers
from benchmarks.runner.process import Run, run
from benchmarks.runner.registry import Registry, registry
from benchmarks.runner.report import say

__all__ = ["AS_LIBRARY", "SMALL", "measure", "with_crane"]

AS_LIBRARY = "as a library"

_SIZE = 400_000_000
_QUICK_SIZE = 20_000_000
SMALL = ROOT / "tests" / "data" / "docker" / "28.5.2" / "app-tag.tar"


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """A contest for each way that an image can go."""
    effort = Effort(3, 20) if quick else Effort(7)
    found = []
    try:
        with registry() as running, tempfile.TemporaryDirectory() as folder:
            for contest in _contests(running, Path(folder), quick, missing):
                say(contest.name)
                found.append(contest.hold(effort))
    except MissingPeerError as reason:
        missing["a registry"] = str(reason)
    return found


def _contests(
    to: Registry, folder: Path, quick: bool, missing: dict[str, str]
) -> Iterator[Contest]:
    profiles = list(with_crane(missing))
    for form in FORMS:
        archive = image_archive(form, _QUICK_SIZE if quick else _SIZE)
        facts = {"verb": "push", "form": form, "bytes": archive.stat().st_size}
        own = profiles if form == "plain" else [""]
        rivals = _rivals(_Push(str(archive), to, form == "gzip"), profiles, own)
        yield Contest(f"push, {form} layers", rivals, facts)
    # The last one pushed has gzip layers, as images in registries have.
    source = f"{to.host}/bench/source:1"
    run([*pyggcr_command(), "push", str(archive), source])
    facts = {"form": "gzip", "bytes": archive.stat().st_size}
    for job in (_Pull(source, folder), _Copy(source, to)):
        rivals = _rivals(job, profiles, [""])
        yield Contest(job.verb, rivals, {"verb": job.verb, **facts})


@dataclass
class _Push:
    """From an archive to a registry that is empty."""

    source: str
    registry: Registry
    one_answer: bool
    verb: str = "push"
    _numbers: Iterator[int] = field(default_factory=count)

    def target(self) -> str:
        self.registry.clear()
        return f"{self.registry.host}/bench/pushed-{next(self._numbers)}:1"

    def answer(self, _target: str, output: str) -> str:
        return output.strip().rpartition("@")[2]


@dataclass
class _Pull:
    """From a registry to an archive; the answer is the archive."""

    source: str
    folder: Path
    verb: str = "pull"
    one_answer: bool = True

    def target(self) -> str:
        path = self.folder / "pulled.tar"
        path.unlink(missing_ok=True)
        return str(path)

    def answer(self, target: str, _output: str) -> str:
        from pyggcr import v1

        with Path(target).open("rb") as file:
            return str(v1.sha256(file)[0])


@dataclass
class _Copy:
    """From one repository of a registry to another one."""

    source: str
    registry: Registry
    verb: str = "copy"
    one_answer: bool = True
    _numbers: Iterator[int] = field(default_factory=count)

    def target(self) -> str:
        return f"{self.registry.host}/bench/copied-{next(self._numbers)}:1"

    def answer(self, target: str, _output: str) -> str:
        from pyggcr import remote

        return str(remote.head(target).digest)


_Job = _Push | _Pull | _Copy


def _rivals(job: _Job, profiles: list[str], own: list[str]) -> list[Contestant]:
    """Crane of each profile, and pyggcr from the shell and as a library; "" is no profile."""
    return [
        *(_crane(job, profile) for profile in profiles),
        _shell(job, GO_ENGINE, "go", ""),
        *(_shell(job, _named(PYGGCR, profile), "python", profile) for profile in own),
        _library(job, f"{GO_ENGINE}, {AS_LIBRARY}", "go", ""),
        *(
            _library(job, _named(f"{PYGGCR}, {AS_LIBRARY}", profile), "python", profile)
            for profile in own
        ),
    ]


def _named(who: str, profile: str) -> str:
    return f"{who}, {profile}" if profile else who


def with_crane(missing: dict[str, str]) -> Iterator[str]:
    """The profiles for which there is a crane; ``missing`` gets the others, and why."""
    for profile in GO_VERSIONS:
        try:
            go_peers(profile)
        except MissingPeerError as reason:
            missing[f"crane, {profile}"] = str(reason)
        else:
            yield profile


def _crane(job: _Job, profile: str) -> Contestant:
    return _command(job, f"crane, {profile}", [go_peers(profile).crane], [], profile)


def _shell(job: _Job, name: str, engine: str, profile: str) -> Contestant:
    options = ["--engine", engine]
    if profile:
        options += ["--gzip-profile", profile]
    return _command(job, name, pyggcr_command(), options, profile or engine_profile())


def _command(
    job: _Job, name: str, program: list[str], options: list[str], profile: str
) -> Contestant:
    def score() -> Score:
        target = job.target()
        done = run([*program, job.verb, job.source, target, *options])
        return Score(done.seconds, job.answer(target, done.output), done.peak_memory)

    words = [Path(program[0]).name, job.verb, "SOURCE", "TARGET", *options]
    return Contestant(name, score, "" if job.one_answer else profile, " ".join(words))


def _library(job: _Job, name: str, engine: str, profile: str) -> Contestant:
    def score() -> Score:
        target = job.target()
        done = _in_library(job.verb, job.source, target, engine, profile)
        seconds, _, digest = done.output.strip().partition(" ")
        said = digest if job.verb == "push" else ""
        return Score(float(seconds), job.answer(target, said), done.peak_memory)

    group = "" if job.one_answer else profile or engine_profile()
    return Contestant(name, score, group)


def _in_library(verb: str, source: str, target: str, engine: str, profile: str) -> Run:
    return run(
        [
            *(sys.executable, "-m", "benchmarks.library"),
            *(verb, source, target, engine, profile, str(SMALL)),
        ]
    )
