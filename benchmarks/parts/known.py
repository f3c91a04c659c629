"""Push of an image whose base layers are known: only the last layer has changed.

The registry has an earlier build, and the layer cache knows its layers. Before each push both are
set back to that, so that the last layer is new each time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.corpus.archives import changed_archive, image_archive
from benchmarks.parts.contestants import PYGGCR, pyggcr_command
from benchmarks.parts.registries import with_crane
from benchmarks.runner.contest import Contest, Contestant, Effort, Score
from benchmarks.runner.peers import MissingPeerError, go_peers
from benchmarks.runner.process import run
from benchmarks.runner.registry import Registry, registry
from benchmarks.runner.report import say

__all__ = ["CONTEST", "measure"]

CONTEST = "push, plain layers, only the last new"

_SIZE = 400_000_000
_QUICK_SIZE = 20_000_000
_REPOSITORIES = Path("docker/registry/v2/repositories")


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """One contest, for crane of each Go."""
    size = _QUICK_SIZE if quick else _SIZE
    before, after = image_archive("plain", size), changed_archive("plain", size, 1)
    try:
        with registry() as running, tempfile.TemporaryDirectory(dir=running.storage.parent) as kept:
            earlier = _Earlier(running, Path(kept), before)
            rivals = [
                rival
                for profile in with_crane(missing)
                for rival in _rivals(earlier, after, profile)
            ]
            if not rivals:
                return []
            say(CONTEST)
            facts = {"verb": "push", "form": "plain", "bytes": after.stat().st_size}
            return [Contest(CONTEST, rivals, facts).hold(Effort(3, 20) if quick else Effort(7))]
    except MissingPeerError as reason:
        missing["a registry"] = str(reason)
        return []


class _Earlier:
    """The registry and the layer cache as the earlier build left them."""

    def __init__(self, to: Registry, kept: Path, archive: Path) -> None:
        self.registry = to
        self.archive = archive
        self._kept = kept
        self._numbers = count()

    def keep(self, profile: str) -> None:
        """Push the earlier build in a profile, and keep what there is then."""
        self.registry.clear()
        options = ["--engine", "python", "--gzip-profile", profile]
        cache = ["--layer-cache", str(self._kept / f"{profile}.sqlite")]
        target = f"{self.registry.host}/bench/first:1"
        run([*pyggcr_command(), "push", str(self.archive), target, *options, *cache])
        shutil.copytree(self.registry.storage, self._kept / profile, copy_function=os.link)

    def again(self, profile: str) -> tuple[str, Path]:
        """All as it was, under a name that the registry has not heard yet; and the layer cache."""
        self.registry.clear()
        shutil.copytree(
            self._kept / profile, self.registry.storage, copy_function=os.link, dirs_exist_ok=True
        )
        name = f"next-{next(self._numbers)}"
        images = self.registry.storage / _REPOSITORIES / "bench"
        (images / "first").rename(images / name)
        cache = self._kept / "now.sqlite"
        for left in self._kept.glob("now.sqlite*"):
            left.unlink()
        shutil.copy(self._kept / f"{profile}.sqlite", cache)
        return f"{self.registry.host}/bench/{name}:2", cache


def _rivals(earlier: _Earlier, archive: Path, profile: str) -> Iterator[Contestant]:
    earlier.keep(profile)

    def crane() -> Score:
        target, _ = earlier.again(profile)
        done = run([go_peers(profile).crane, "push", str(archive), target])
        return Score(done.seconds, done.output.strip().rpartition("@")[2], done.peak_memory)

    def pyggcr() -> Score:
        target, cache = earlier.again(profile)
        options = ["--engine", "python", "--gzip-profile", profile, "--layer-cache", str(cache)]
        done = run([*pyggcr_command(), "push", str(archive), target, *options])
        return Score(done.seconds, done.output.strip().rpartition("@")[2], done.peak_memory)

    yield Contestant(f"crane, {profile}", crane, profile, "crane push SOURCE TARGET")
    shown = f"pyggcr push SOURCE TARGET --gzip-profile {profile} --layer-cache FILE"
    yield Contestant(f"{PYGGCR}, known layers, {profile}", pyggcr, profile, shown)
