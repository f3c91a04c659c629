"""Work on one stream inside a process: gzip, SHA-256, reads through the boundary, empty calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.corpus.archives import image_archive
from benchmarks.corpus.kinds import KINDS, sample
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import GO_VERSIONS, MissingPeerError, go_peers
from benchmarks.runner.report import say
from benchmarks.runner.workers import Workforce

__all__ = ["CHUNKS", "measure_boundary", "measure_gzip"]

CHUNKS = (4 << 10, 64 << 10, 1 << 20, 4 << 20)

_SIZE = 32 << 20
_QUICK_SIZE = 4 << 20
_CHUNK = 1 << 20
_EMPTY_CALLS = 1_000  # as worker.py makes them in one loop


# In memory, and of a file that has to be read: each with its own one-shot.
_HASHING = {
    "hashlib at once": "hash",
    "v1.sha256 of a stream": "hash_stream",
    "hashlib at once, file read whole": "hash_whole_file",
    "v1.sha256 of a file": "hash_file",
}


def measure_gzip(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """For each profile and kind of data: Go, the accelerator, and it on two threads."""
    with Workforce() as workers:
        found = [
            _gzip_contest(workers, profile, kind, quick, missing)
            for profile in GO_VERSIONS
            for kind in KINDS
        ]
    return [figures for figures in found if figures]


def _gzip_contest(
    workers: Workforce, profile: str, kind: str, quick: bool, missing: dict[str, str]
) -> dict[str, Any] | None:
    path = str(sample(kind, _QUICK_SIZE if quick else _SIZE))
    request = {"path": path, "chunk": _CHUNK, "profile": profile}
    rivals = []
    try:
        go_peers(profile)
    except MissingPeerError as reason:
        missing[f"Go alone, {profile}"] = str(reason)
    else:
        rivals.append(Contestant("Go", _asking(workers, profile, "gzip", request)))
    if _accelerated():
        rivals.append(Contestant("C", _asking(workers, "python", "gzip", request)))
        two = _asking(workers, "python", "gzip_in_two", request)
        rivals.append(Contestant("C, two threads", two))
    else:
        missing["C accelerator"] = "it is not built here"
    if not rivals:
        return None
    name = f"gzip, {profile}, {kind}"
    say(name)
    facts = {"profile": profile, "kind": kind, "bytes": _QUICK_SIZE if quick else _SIZE}
    return Contest(name, rivals, facts).hold(Effort(3 if quick else 9, 30))


def measure_boundary(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """SHA-256 of a file, reads of a layer in chunks of each size, and an empty call."""
    import pyggcr

    effort = Effort(5 if quick else 11, 30)
    found = []
    with Workforce() as workers:
        size = (16 if quick else 128) << 20
        path = str(sample("Debian tar", size))
        request = {"path": path, "chunk": _CHUNK}
        rivals = [
            Contestant(name, _asking(workers, "python", op, request))
            for name, op in _HASHING.items()
        ]
        found.append(Contest("SHA-256", rivals, {"bytes": size}).hold(effort))
        info = pyggcr.engines()["go"]
        if not info.available:
            missing["pyggcr, Go engine"] = info.reason
            return found
        archive = str(image_archive("plain", 40_000_000 if quick else 400_000_000))
        for chunk in CHUNKS:
            request = {"path": archive, "chunk": chunk, "engine": "go", "loops": 10}
            rivals = [
                Contestant(
                    "through the boundary", _asking(workers, "python", "read_layer", request)
                )
            ]
            try:
                go_peers(info.gzip_profile)
            except MissingPeerError as reason:
                missing[f"Go alone, {info.gzip_profile}"] = str(reason)
            else:
                inside = _asking(workers, info.gzip_profile, "read_layer", request)
                rivals.insert(0, Contestant("inside Go", inside))
            name = f"read a layer in chunks of {chunk >> 10:,} KiB"
            say(name)
            found.append(Contest(name, rivals, {"chunk": chunk}).hold(effort))
        empty = _asking(workers, "python", "empty_call", {}, share=_EMPTY_CALLS)
        found.append(Contest("empty call", [Contestant("empty call", empty)]).hold(effort))
    return found


def _asking(
    workers: Workforce, worker: str, op: str, request: dict[str, Any], share: int = 1
) -> Callable[[], Score]:
    def score() -> Score:
        measured = workers[worker].ask(op, **request)
        return Score(measured.seconds[0] / share, measured.answer)

    return score


def _accelerated() -> bool:
    import pyggcr

    return pyggcr.engines()["python"].accelerators["deflate"] == "c"
