"""Contestants that are commands: pyggcr from the shell, crane, our Go program, skopeo.

Which of them are there is found out once; what is missing stays on record with its reason.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus.cache import folder
from benchmarks.runner.contest import Contestant, Score, WrongAnswerError
from benchmarks.runner.peers import GO_VERSIONS, MissingPeerError, go_peers, skopeo
from benchmarks.runner.process import run

__all__ = ["GO_ENGINE", "PYGGCR", "contestants", "crane_name", "engine_profile", "pyggcr_command"]

PYGGCR = "pyggcr"
GO_ENGINE = "pyggcr, Go engine"
SKOPEO = "skopeo"

# What crane has a command for; the rest is asked from the library by our program.
_CRANE = {"validate": ("validate", "--tarball"), "digest": ("digest", "--tarball")}


def pyggcr_command() -> list[str]:
    """The ``pyggcr`` of this environment, as a shell would find it."""
    script = Path(sys.executable).with_name("pyggcr")
    return [str(script)] if script.exists() else [sys.executable, "-m", "pyggcr"]


def crane_name(verb: str, profile: str) -> str:
    """How the page names the peer."""
    return f"{'crane' if verb in _CRANE else 'the library'}, {profile}"


@dataclass(frozen=True)
class _Job:
    verb: str
    archive: Path
    one_answer: bool  # whatever the profile: no layer has to be compressed

    def contestant(self, name: str, command: list[str], group: str) -> Contestant:
        read = _ANSWERS[self.verb]
        return Contestant(
            name,
            lambda: self._score(command, read),
            agrees_with="" if self.one_answer else group,
            command=self._shown(command),
        )

    def _score(self, command: list[str], read: Callable[[str], str]) -> Score:
        done = run(command)
        return Score(done.seconds, read(done.output), done.peak_memory)

    def _shown(self, command: list[str]) -> str:
        program, *rest = command
        words = [Path(program).name, *rest]
        return " ".join(map(self._shown_word, words))

    def _shown_word(self, word: str) -> str:
        if word == str(self.archive):
            return "ARCHIVE"
        return "FILE" if Path(word).is_absolute() else word


def contestants(
    verb: str, archive: Path, form: str, missing: dict[str, str], *, profiles: bool = True
) -> list[Contestant]:
    """All who can do the job, peers first; ``missing`` gets those who are not there, and why.

    Args:
        verb: ``validate``, ``digest``, ``layers`` or ``inspect``.
        archive: what to do it with.
        form: ``plain`` or ``gzip`` layers; only the former have an answer for each profile.
        missing: name and reason of each peer that is missing; added to.
        profiles: whether to take both profiles, or only that of the Go engine.
    """
    job = _Job(verb, archive, one_answer=form == "gzip")
    own = engine_profile()
    wanted = [*GO_VERSIONS] if profiles else [own]
    return [
        *_go_contestants(job, wanted, missing),
        *_skopeo_contestants(job, missing),
        *_pyggcr_contestants(job, wanted, own, missing),
    ]


def _go_contestants(
    job: _Job, profiles: list[str], missing: dict[str, str]
) -> Iterator[Contestant]:
    for profile in profiles:
        try:
            peers = go_peers(profile)
        except MissingPeerError as reason:
            missing[f"crane, {profile}"] = str(reason)
            continue
        archive = str(job.archive)
        if job.verb in _CRANE:
            command = [peers.crane, *_CRANE[job.verb], archive]
        else:
            command = [peers.peer, job.verb, archive]
        yield job.contestant(crane_name(job.verb, profile), command, profile)


def _skopeo_contestants(job: _Job, missing: dict[str, str]) -> Iterator[Contestant]:
    # It knows plain layers only: it inflates gzip layers and names all by DiffID. So it does the
    # same job only where nothing has to be compressed.
    if job.verb != "inspect" or not job.one_answer:
        return
    try:
        command = [skopeo(), "inspect", f"docker-archive:{job.archive}"]
    except MissingPeerError as reason:
        missing[SKOPEO] = str(reason)
        return

    def score() -> Score:
        done = run(command)
        if json.loads(done.output)["Layers"] != _diff_ids(job.archive):
            raise WrongAnswerError(f"skopeo names other layers than {job.archive} has")
        return Score(done.seconds, "the DiffIDs of the config", done.peak_memory)

    yield Contestant(SKOPEO, score, SKOPEO, "skopeo inspect docker-archive:ARCHIVE")


def _pyggcr_contestants(
    job: _Job, profiles: list[str], own: str, missing: dict[str, str]
) -> Iterator[Contestant]:
    import pyggcr

    command = [*pyggcr_command(), job.verb, str(job.archive)]
    if job.verb in ("layers", "inspect"):
        command.append("--json")
    info = pyggcr.engines()["go"]
    if info.available:
        yield job.contestant(GO_ENGINE, [*command, "--engine", "go"], own)
    else:
        missing[GO_ENGINE] = info.reason
    if job.one_answer:
        yield job.contestant(PYGGCR, [*command, "--engine", "python"], own)
        return
    for profile in profiles:
        options = ["--engine", "python", "--gzip-profile", profile]
        yield job.contestant(f"{PYGGCR}, {profile}", [*command, *options], profile)
        if job.verb == "digest":
            cache = ["--layer-cache", str(folder() / "layers.sqlite")]
            run([*command, *options, *cache])  # from now on it knows all layers
            name = f"{PYGGCR}, known layers, {profile}"
            yield job.contestant(name, [*command, *options, *cache], profile)


def engine_profile() -> str:
    """The gzip profile of the Go engine, which the Python engine follows."""
    import pyggcr

    return pyggcr.engines()["python"].gzip_profile


def _diff_ids(archive: Path) -> list[str]:
    with tarfile.open(archive) as files:
        manifest = json.load(_member(files, "manifest.json"))
        config = json.load(_member(files, manifest[0]["Config"]))
    found: list[str] = config["rootfs"]["diff_ids"]
    return found


def _member(files: tarfile.TarFile, name: str):
    stream = files.extractfile(name)
    assert stream is not None
    return stream


def _verdict(output: str) -> str:
    return output.partition(":")[0]


def _layers(output: str) -> str:
    document = json.loads(output)
    layers = [f"{each['digest']} {each['size']} {each['diff_id']}" for each in document["layers"]]
    return "\n".join([document.get("digest", ""), *layers])


_ANSWERS: dict[str, Callable[[str], str]] = {
    "validate": _verdict,
    "digest": str.strip,
    "layers": _layers,
    "inspect": _layers,
}
