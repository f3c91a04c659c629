"""Which files differ between two images: ``pyggcr diff`` beside what one does without it.

That is what container-diff does too: both file systems are written to the disk and compared there.
The images share two of five layers; of the other three each has one file more.
"""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.corpus.archives import changed_archive, image_archive
from benchmarks.parts.contestants import PYGGCR, engine_profile, pyggcr_command
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import MissingPeerError, go_peers
from benchmarks.runner.process import run
from benchmarks.runner.report import say

__all__ = ["CONTEST", "measure"]

CONTEST = "diff"

_SIZE = 400_000_000
_QUICK_SIZE = 20_000_000
_CHANGED = 3  # layers

# diff ends with 1 where files differ, and with 2 where it could not compare.
_SCRIPT = """set -e
for side in one other; do mkdir {folder}/$side; done
{crane} export - - <{one} | tar -x -C {folder}/one
{crane} export - - <{other} | tar -x -C {folder}/other
diff --no-dereference -rq {folder}/one {folder}/other || [ $? = 1 ]
"""


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """One contest, on archives with gzip layers."""
    size = _QUICK_SIZE if quick else _SIZE
    one, other = image_archive("gzip", size), changed_archive("gzip", size, _CHANGED)
    try:
        crane = go_peers(engine_profile()).crane
    except MissingPeerError as reason:
        missing["crane"] = str(reason)
        return []
    rivals = [_extraction(crane, one, other), _pyggcr(one, other)]
    say(CONTEST)
    facts = {"verb": "diff", "form": "gzip", "bytes": one.stat().st_size}
    return [Contest(CONTEST, rivals, facts).hold(Effort(3, 20) if quick else Effort(3, 120))]


def _extraction(crane: str | Path, one: Path, other: Path) -> Contestant:
    def score() -> Score:
        with tempfile.TemporaryDirectory() as folder:
            words = {"crane": crane, "folder": folder, "one": one, "other": other}
            script = _SCRIPT.format(**{key: shlex.quote(str(it)) for key, it in words.items()})
            done = run(["bash", "-c", script])
            names = [line.rpartition(": ")[2] for line in done.output.splitlines()]
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir()
        return Score(done.seconds, ",".join(sorted(names)), done.peak_memory)

    return Contestant("crane export, tar and diff -r", score, command="crane export … | tar; diff")


def _pyggcr(one: Path, other: Path) -> Contestant:
    command = [*pyggcr_command(), "diff", "--json", str(one), str(other)]

    def score() -> Score:
        # Exit code 1 says that the images differ.
        done = run(["bash", "-c", f"{shlex.join(command)} || [ $? = 1 ]"])
        files = json.loads(done.output)["files"]
        names = [Path(it["path"]).name for it in files if it["kind"] != "changed"]
        return Score(done.seconds, ",".join(sorted(names)), done.peak_memory)

    return Contestant(PYGGCR, score, command="pyggcr diff ONE OTHER --json")
