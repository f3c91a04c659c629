"""What a user would pick instead: skopeo and regctl from the shell, and Python's libraries.

Commands are whole processes. Libraries do the job in a program that has done a small one before
(rivals.py), each in its own environment. Whoever is missing is named, and the others go on.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.corpus.archives import image_archive
from benchmarks.page.rivals import PYGGCR, library_contest, shell_contest
from benchmarks.parts.contestants import pyggcr_command
from benchmarks.parts.registries import SMALL
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import MissingPeerError, python_peers, regctl, skopeo
from benchmarks.runner.process import CommandFailedError, run
from benchmarks.runner.registry import Registry, registry
from benchmarks.runner.report import say

__all__ = ["measure"]

_SIZE = 400_000_000
_QUICK_SIZE = 20_000_000
_DAEMON_SIZE = 20_000_000
_TAGS = 10_000
_SCRIPT = Path(__file__).resolve().parents[1] / "rivals.py"

# Imports that a program needs to talk to a registry, or to a daemon.
_IMPORTS = {
    PYGGCR: "from pyggcr import crane, layout, remote",
    "oras": "import oras.client",
    "python-dxf": "import dxf",
    "docker": "import docker",
}


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """A contest for each job, of commands and of libraries."""
    effort = Effort(3, 20) if quick else Effort(7, 90)
    found = []
    try:
        with registry() as running, tempfile.TemporaryDirectory() as folder:
            jobs = _Jobs(running, Path(folder), _QUICK_SIZE if quick else _SIZE, missing)
            for contest in jobs.contests():
                say(contest.name)
                found.append(_able(contest, missing).hold(effort))
    except MissingPeerError as reason:
        missing["a registry"] = str(reason)
    imports = _imports(missing)
    say(imports.name)
    found.append(_able(imports, missing).hold(effort))
    return [*found, *_daemon(quick, missing)]


def _able(contest: Contest, missing: dict[str, str]) -> Contest:
    """The contest without those who fail; ``missing`` gets them, and why."""
    able = []
    for rival in contest.contestants:
        try:
            rival.run()
        except CommandFailedError as failure:
            missing[f"{contest.name}: {rival.name}"] = str(failure).strip().splitlines()[-1]
        else:
            able.append(rival)
    return replace(contest, contestants=able)


@dataclass(frozen=True)
class _Job:
    """What commands and libraries are to do.

    Attributes:
        name: for people.
        verb: as commands and libraries are asked for it.
        source: what is read.
        target: makes room and says where to write.
        answer: what is at the target; nothing where what is printed is the answer.
        facts: for the figures.
    """

    name: str
    verb: str
    source: str
    target: Callable[[], str] = str
    answer: Callable[[str], str] | None = None
    facts: dict[str, Any] = field(default_factory=dict)


class _Jobs:
    """The jobs in a registry."""

    def __init__(self, to: Registry, folder: Path, size: int, missing: dict[str, str]) -> None:
        self.registry = to
        self.folder = folder
        self.archive = image_archive("gzip", size)
        self.layout = _unpacked(self.archive, folder / "layout")
        self.small_layout = _unpacked(_SMALL_LAYOUT, folder / "small")
        self.tools = _tools(missing)
        self.libraries = _libraries(missing, ("oras", "python-dxf"))
        self.numbers = count()

    def contests(self) -> Iterator[Contest]:
        size = {"bytes": self.archive.stat().st_size}
        push = _Job("push", "push", str(self.archive), self._cleared, self._pushed, size)
        yield self._shell(push)
        yield self._library(replace(push, source=str(self.layout)))
        self.registry.clear()
        source = self._reference("source")
        run([*pyggcr_command(), "push", str(self.archive), source])
        run([*pyggcr_command(), "push", str(SMALL), self._reference("little")])
        for job in (
            _Job("pull", "pull", source, self._nothing_there, _blobs_in, size),
            _Job("copy", "copy", source, self._new, self._pushed, size),
            _Job("read a manifest", "manifest", source),
        ):
            yield self._shell(job)
            yield self._library(job)
        self._tag(_TAGS)
        tags = _Job(f"list {_TAGS:,} tags", "tags", source.rpartition(":")[0])
        yield self._shell(tags)
        yield self._library(tags)

    def _reference(self, name: str) -> str:
        return f"{self.registry.host}/bench/{name}:1"

    def _new(self) -> str:
        return self._reference(f"to-{next(self.numbers)}")

    def _cleared(self) -> str:
        self.registry.clear()
        return self._new()

    def _nothing_there(self) -> str:
        target = self.folder / "pulled"
        if target.is_dir():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)
        return str(target)

    def _pushed(self, target: str) -> str:
        """The layers of an image in the registry: the forms of manifests differ."""
        from pyggcr import crane

        manifest = json.loads(crane.manifest(target))
        return " ".join(it["digest"] for it in manifest["layers"])

    def _tag(self, number: int) -> None:
        """Tag the source so often, as the registry would store it."""
        tags = (
            self.registry.storage / "docker/registry/v2/repositories/bench/source/_manifests/tags"
        )
        link = (tags / "1" / "current" / "link").read_bytes()
        for at in range(2, number + 1):
            current = tags / str(at) / "current"
            current.mkdir(parents=True)
            (current / "link").write_bytes(link)

    def _shell(self, job: _Job) -> Contest:
        rivals = [
            _command(name, _words(name, program, job.verb, self.registry.host), job)
            for name, program in self.tools.items()
        ]
        return Contest(shell_contest(job.name), rivals, {"job": job.name, **job.facts})

    def _library(self, job: _Job) -> Contest:
        small = str(self.small_layout) if job.verb == "push" else self._reference("little")
        if job.verb == "tags":
            small = small.rpartition(":")[0]

        def warm_up() -> tuple[str, str]:
            name = f"little-{next(self.numbers)}"
            target = str(self.folder / name) if job.verb == "pull" else self._reference(name)
            return small, target

        rivals = [_call(name, python, job, warm_up) for name, python in self.libraries.items()]
        return Contest(library_contest(job.name), rivals, {"job": job.name, **job.facts})


def _words(name: str, program: list[str], verb: str, host: str) -> Callable[[str, str], list[str]]:
    """The command line of a tool, for a source and a target."""
    if name == PYGGCR:
        own = {"tags": "ls"}.get(verb, verb)
        return lambda source, target: [
            *program, own, source, *([target] if target else []), "--engine", "python",
        ]  # fmt: skip
    if name == "skopeo":
        insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"]
        return lambda source, target: {
            "push": [*program, "copy", insecure[1], f"oci-archive:{source}", f"docker://{target}"],
            "pull": [*program, "copy", insecure[0], f"docker://{source}", f"oci-archive:{target}"],
            "copy": [*program, "copy", *insecure, f"docker://{source}", f"docker://{target}"],
            "manifest": [*program, "inspect", "--raw", "--tls-verify=false", f"docker://{source}"],
            "tags": [*program, "list-tags", "--tls-verify=false", f"docker://{source}"],
        }[verb]
    program = [*program, "--host", f"reg={host},tls=disabled"]
    return lambda source, target: {
        "push": [*program, "image", "import", target, source],
        "pull": [*program, "image", "export", source, target],
        "copy": [*program, "image", "copy", source, target],
        "manifest": [*program, "manifest", "get", "--format", "raw-body", source],
        "tags": [*program, "tag", "ls", source],
    }[verb]


def _command(name: str, words: Callable[[str, str], list[str]], job: _Job) -> Contestant:
    def score() -> Score:
        place = job.target()
        done = run(words(job.source, place))
        said = job.answer(place) if job.answer else _printed(done.output)
        return Score(done.seconds, said, done.peak_memory)

    program, *rest = words("SOURCE", "TARGET" if job.answer else "")
    shown = [Path(program).name, *("reg=HOST,tls=disabled" if "reg=" in it else it for it in rest)]
    return Contestant(name, score, command=" ".join(shown))


def _printed(output: str) -> str:
    """A manifest's hash, or the number of tags and the hash of them all."""
    if not output.lstrip().startswith("{"):
        tags = output.split()
    elif "Tags" in (document := json.loads(output)):
        tags = document["Tags"]
    else:
        return hashlib.sha256(output.strip().encode()).hexdigest()
    return f"{len(tags)} {hashlib.sha256(' '.join(sorted(tags)).encode()).hexdigest()}"


def _call(
    name: str,
    python: str,
    job: _Job,
    small: Callable[[], tuple[str, str]],
    environment: dict[str, str] | None = None,
) -> Contestant:
    def score() -> Score:
        place = job.target()
        words = [python, str(_SCRIPT), name, job.verb, job.source, place, *small()]
        done = run(words, environment)
        seconds, _, said = done.output.strip().partition(" ")
        return Score(float(seconds), job.answer(place) if job.answer else said, done.peak_memory)

    return Contestant(name, score)


def _blobs_in(place: str) -> str:
    """The digests of an image's layers, wherever they lie in an archive or a folder."""
    path = Path(place)
    if path.is_dir():
        contents = [it.read_bytes() for it in path.rglob("*") if it.is_file()]
    else:
        with tarfile.open(path) as archive:
            files = [archive.extractfile(it) for it in archive if it.isfile()]
            contents = [it.read() for it in files if it]
    # Other files are each format's own.
    zipped = [it for it in contents if it[:2] == b"\x1f\x8b"]
    return " ".join(sorted(hashlib.sha256(it).hexdigest() for it in zipped))


def _unpacked(archive: Path, target: Path) -> Path:
    """The OCI layout that an archive of containerd's store is."""
    with tarfile.open(archive) as files:
        files.extractall(target, filter="data")
    return target


_SMALL_LAYOUT = ROOT / "tests" / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"


def _tools(missing: dict[str, str]) -> dict[str, list[str]]:
    """The commands that are there, pyggcr first."""
    found = {PYGGCR: pyggcr_command()}
    for name, find in (("skopeo", skopeo), ("regctl", regctl)):
        try:
            found[name] = [find()]
        except MissingPeerError as reason:
            missing[name] = str(reason)
    return found


def _libraries(missing: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """The Python of each library that is there, pyggcr's first."""
    found = {PYGGCR: sys.executable}
    try:
        python = python_peers()
    except MissingPeerError as reason:
        missing.update(dict.fromkeys(names, str(reason)))
        return found
    return {**found, **dict.fromkeys(names, python)}


def _imports(missing: dict[str, str]) -> Contest:
    """What a program pays before its first call."""

    def importing(name: str, python: str) -> Contestant:
        timed = f"import time; a = time.perf_counter(); {_IMPORTS[name]}; b = time.perf_counter()"

        def score() -> Score:
            done = run([python, "-c", f"{timed}; print(b - a)"])
            return Score(float(done.output), "", done.peak_memory)

        return Contestant(name, score, command=_IMPORTS[name])

    libraries = _libraries(missing, ("oras", "python-dxf", "docker"))
    rivals = [importing(*each) for each in libraries.items()]
    return Contest(library_contest("import"), rivals)


def _daemon(quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """An archive loaded into a daemon of its own."""
    from support.docker_engine import DockerEngine, missing_part

    if reason := missing_part():
        missing["a Docker daemon"] = reason
        return []
    archive = image_archive("gzip", _DAEMON_SIZE)
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        try:
            engine = DockerEngine(Path(folder))
        except RuntimeError as broken:
            missing["a Docker daemon"] = str(broken).splitlines()[0]
            return []
        with engine:
            environment = {**os.environ, "DOCKER_HOST": engine.host}

            def emptied() -> str:
                engine.remove_images()
                return "bench:1"

            def loaded(tag: str) -> str:
                return engine.run("image", "inspect", "--format", "{{.Id}}", tag).strip()

            facts = {"bytes": archive.stat().st_size}
            job = _Job("load into a Docker daemon", "load", str(archive), emptied, loaded, facts)
            rivals = [
                _call(name, python, job, lambda: (str(_SMALL_LAYOUT), "app:1"), environment)
                for name, python in _libraries(missing, ("docker",)).items()
            ]
            contest = Contest(library_contest(job.name), rivals, facts)
            say(contest.name)
            try:
                return [_able(contest, missing).hold(Effort(1 if quick else 7, 60))]
            except subprocess.SubprocessError as broken:
                missing["a Docker daemon"] = str(broken)
                return []
