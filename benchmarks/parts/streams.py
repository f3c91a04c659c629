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

__all__ = ["CHUNKS", "measure_boundary", "measure_gzip", "measure_gzip_levels"]

CHUNKS = (4 << 10, 64 << 10, 1 << 20, 4 << 20)

_SIZE = 32 << 20
_QUICK_SIZE = 4 << 20
_CHUNK = 1 << 20

# Levels other than BestSpeed that have users: the default, and that of `crane flatten`.
_LEVELS = (6, 9)
# Less data, for Go makes a few MB/s at level 9.
_LEVELS_SIZE = 8 << 20
_QUICK_LEVELS_SIZE = 1 << 20
# Go's bytes depend on the pieces here: these are those of io.Copy.
_LEVELS_CHUNK = 32 << 10
_EMPTY_CALLS = 1_000  # as worker.py makes them in one loop


# In memory, and of a file that has to be read: each with its own one-shot.
_HASHING = {
    "hashlib at once": "hash",
    "v1.sha256 of a stream": "hash_stream",
    "hashlib at once, file read whole": "hash_whole_file",
    "v1.sha256 of a file": "hash_file",
}


# The same bytes as three streams, on one thread.
_HASHING_THREE = {
    "hashlib at once": "hash_thirds_at_once",
    "three streams": "hash_three_streams",
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


def measure_gzip_levels(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """The same at levels 6 and 9."""
    size = _QUICK_LEVELS_SIZE if quick else _LEVELS_SIZE
    with Workforce() as workers:
        found = [
            _contest(
                workers,
                f"gzip, level {level}, {profile}, {kind}",
                {
                    "path": str(sample(kind, size)),
                    "chunk": _LEVELS_CHUNK,
                    "profile": profile,
                    "level": level,
                },
                {"profile": profile, "kind": kind, "level": level, "bytes": size},
                Effort(3 if quick else 7, 60),
                missing,
            )
            for profile in GO_VERSIONS
            for level in _LEVELS
            for kind in KINDS
        ]
    return [figures for figures in found if figures]


def _gzip_contest(
    workers: Workforce, profile: str, kind: str, quick: bool, missing: dict[str, str]
) -> dict[str, Any] | None:
    size = _QUICK_SIZE if quick else _SIZE
    request = {"path": str(sample(kind, size)), "chunk": _CHUNK, "profile": profile}
    facts = {"profile": profile, "kind": kind, "bytes": size}
    effort = Effort(3 if quick else 9, 30)
    return _contest(workers, f"gzip, {profile}, {kind}", request, facts, effort, missing)


def _contest(
    workers: Workforce,
    name: str,
    request: dict[str, Any],
    facts: dict[str, Any],
    effort: Effort,
    missing: dict[str, str],
) -> dict[str, Any] | None:
    profile = request["profile"]
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
    say(name)
    return Contest(name, rivals, facts).hold(effort)


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
        rivals = [
            Contestant(name, _asking(workers, "python", op, request))
            for name, op in _HASHING_THREE.items()
        ]
        found.append(Contest("SHA-256, three streams", rivals, {"bytes": size}).hold(effort))
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
