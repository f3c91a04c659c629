"""``flatten`` of an image in a registry on loopback: one layer of all, at gzip level 9.

Contestants start as a shell starts them. The answer is the digest of the layer, as the rest of the
result names the time.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.corpus.archives import image_archive
from benchmarks.parts.contestants import GO_ENGINE, PYGGCR, engine_profile, pyggcr_command
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import MissingPeerError, go_peers
from benchmarks.runner.process import run
from benchmarks.runner.registry import registry
from benchmarks.runner.report import say

__all__ = ["CONTEST", "measure"]

CONTEST = "flatten"

# Level 9 takes Go some 50 s for 400 MB.
_SIZE = 60_000_000
_QUICK_SIZE = 20_000_000


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """One contest: crane of the Go whose gzip pyggcr writes, and both engines."""
    archive = image_archive("plain", _QUICK_SIZE if quick else _SIZE)
    profile = engine_profile()
    try:
        crane = go_peers(profile).crane
        with registry() as running:
            source = f"{running.host}/bench/source:1"
            run([*pyggcr_command(), "push", str(archive), source])
            rivals = [
                _contestant(f"crane, {profile}", [crane], source, []),
                _contestant(GO_ENGINE, pyggcr_command(), source, ["--engine", "go"]),
                _contestant(PYGGCR, pyggcr_command(), source, ["--engine", "python"]),
            ]
            say(CONTEST)
            facts = {"verb": "flatten", "form": "plain", "bytes": archive.stat().st_size}
            effort = Effort(3, 20) if quick else Effort(7)
            return [Contest(CONTEST, rivals, facts).hold(effort)]
    except MissingPeerError as reason:
        missing["crane or a registry"] = str(reason)
        return []


def _contestant(name: str, program: list[str], source: str, options: list[str]) -> Contestant:
    numbers = count()
    repository = source.rpartition("/")[0]
    program_name = name.replace(",", "").replace(" ", "-").lower()

    def score() -> Score:
        # A repository that has no such layer yet: else nothing would be sent.
        target = f"{repository}/{program_name}-{next(numbers)}:1"
        done = run([*program, "flatten", source, "--tag", target, *options])
        return Score(done.seconds, _layer_of(target), done.peak_memory)

    words = [Path(program[0]).name, "flatten", "SOURCE", "--tag", "TARGET", *options]
    return Contestant(name, score, command=" ".join(words))


def _layer_of(reference: str) -> str:
    from pyggcr import crane

    (layer,) = json.loads(crane.manifest(reference))["layers"]
    digest: str = layer["digest"]
    return digest
