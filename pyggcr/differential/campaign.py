"""Campaigns: compare many archives, in processes of their own, and count what was found.

The archives are those below a folder, or generated from a seed (``generate``). A finding is a
difference that is not accepted, a crash, a hang or a leak. ``shrinking`` makes its archive small,
``reports`` writes it down.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from pathlib import Path

from pyggcr._dataclasses import dataclass, field
from pyggcr._os.executors import dask_pool, own_pool
from pyggcr.differential.comparison import Difference
from pyggcr.differential.generate.cases import case_seed
from pyggcr.differential.workers import (
    JUDGE,
    Answered,
    Crashed,
    Hung,
    Outcome,
    Workers,
    judged,
    mapped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = [
    "Campaign",
    "Case",
    "Finding",
    "Summary",
    "archives_below",
    "finding_of",
    "made_cases",
]

# How long one case may take, in seconds, and how much longer for each byte of its archive: both
# engines read every layer some ten times for each tag.
LIMIT = 20.0
_SECONDS_PER_BYTE = 2e-6

# Of so many made archives, one is asked for further answers.
_MORE_OFTEN = 8

# A tar archive: this at that place. Those of before POSIX are known by their name only.
_USTAR_MAGIC = b"ustar"
_USTAR_OFFSET = 257


@dataclass(frozen=True, slots=True)
class Case:
    """One archive of a campaign: its name for people, and how a worker gets it.

    Attributes:
        name: a path, or the number of a made case.
        path: the archive; empty where it has to be made.
        seed: what to make it from; empty where there is a path.
        more: whether to ask for further answers too, see ``more.py``.
    """

    name: str
    path: str = ""
    seed: str = ""
    more: bool = True

    def task(self, limit: float, gzip_profile: str | None) -> dict[str, Any]:
        """What a worker is told: ``limit`` is for a small archive, a large one may take longer."""
        place = {"path": self.path} if self.path else {"seed": self.seed}
        limit += _size(self.path) * _SECONDS_PER_BYTE
        return {**place, "limit": limit, "gzip_profile": gzip_profile, "more": self.more}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a case.

    Attributes:
        kind: ``difference``, ``crash``, ``hang`` or ``leak``.
        key: what two findings have in common that are the same one.
        tag, first: with which tag, and the first call that differs; only of a difference.
        differences: how many answers differ.
        said: of a crash, a hang or a leak, in words.
    """

    case: Case
    kind: str
    key: str
    said: str = ""
    tag: str = ""
    first: Difference | None = None
    differences: int = 0


@dataclass
class Summary:
    """How a campaign went; filled in while it goes.

    Attributes:
        cases: how many archives were compared, those with findings too.
        answers: how many answers were compared.
        refused: how many archives both engines refused in the same words.
        findings: the first of each kind, by key.
        met: how often each was met, by key.
        left_out: how often each accepted reason was met.
        memory: the most that a worker's process held, in bytes.
        interrupted: whether it was ended before its end.
    """

    cases: int = 0
    answers: int = 0
    refused: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    memory: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def equal(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count a case that has ended."""
        self.cases += 1
        if isinstance(outcome, Answered):
            self.answers += outcome.verdict.compared
            self.refused += outcome.verdict.refused and not outcome.verdict.differences
            self.left_out.update(outcome.verdict.left_out)
            self.memory = max(self.memory, outcome.memory)
        if finding := finding_of(case, outcome):
            self.findings.setdefault(finding.key, finding)
            self.met[finding.key] += 1


@dataclass(frozen=True)
class Campaign:
    """How to run cases.

    Attributes:
        jobs: how many processes.
        limit: how long one case may take, in seconds; a large archive gets more.
        gzip_profile: the profile that the Python engine has to use.
        judge: what compares an archive, as ``module:function``.
        dask: the address of a dask scheduler whose workers to use in place of ``jobs``; they see
            the archives of a folder by the same paths.
        executor: any executor to use in place of both.
    """

    jobs: int = 1
    limit: float = LIMIT
    gzip_profile: str | None = None
    judge: str = JUDGE
    dask: str | None = None
    executor: Executor | None = None

    def run(
        self, cases: Iterable[Case], *, progress: Callable[[Summary], None] = lambda _: None
    ) -> Summary:
        """Compare all; Ctrl-C ends it early, and the summary says so.

        Args:
            cases: which archives.
            progress: called after each with the summary so far.
        """
        summary = Summary()
        began = time.monotonic()
        named = {}

        def tasks() -> Iterable[dict[str, Any]]:
            for case in cases:
                named[case.name] = case
                yield {**case.task(self.limit, self.gzip_profile), "name": case.name}

        try:
            with self._outcomes(tasks()) as outcomes:
                for task, outcome in outcomes:
                    summary.add(named.pop(task["name"]), outcome)
                    summary.seconds = time.monotonic() - began
                    progress(summary)
        except KeyboardInterrupt:
            summary.interrupted = True
        summary.seconds = time.monotonic() - began
        return summary

    @contextlib.contextmanager
    def _outcomes(
        self, tasks: Iterable[dict[str, Any]]
    ) -> Iterator[Iterator[tuple[dict[str, Any], Outcome]]]:
        """Tasks and their outcomes, by this machine's workers or by an executor's."""
        if self.executor is None and self.dask is None:
            with (
                Workers(self.jobs, self.judge) as workers,
                contextlib.closing(workers.run(tasks)) as outcomes,
            ):
                yield outcomes
            return
        pool = own_pool(self.executor) if self.executor else dask_pool(self.dask or "")
        function = functools.partial(judged, self.judge)
        with contextlib.closing(mapped(pool, function, tasks)) as outcomes:
            yield outcomes


def made_cases(seed: int, numbers: Iterable[int]) -> Iterable[Case]:
    """The cases of a campaign with that seed, by their numbers."""
    return (
        Case(str(number), seed=case_seed(seed, number), more=number % _MORE_OFTEN == 0)
        for number in numbers
    )


def archives_below(folder: str | os.PathLike[str]) -> list[Path]:
    """Every tar archive in the folder and those in it, by name or by its first bytes, in order."""
    files = (path for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return [path for path in files if path.suffix == ".tar" or _is_tar(path)]


def finding_of(case: Case, outcome: Outcome) -> Finding | None:
    """What is wrong with the case, if anything; its worst."""
    if isinstance(outcome, Crashed):
        return Finding(case, "crash", f"crash {outcome.how}", f"{outcome.how}\n{outcome.said}")
    if isinstance(outcome, Hung):
        said = f"no answer after {outcome.seconds:.1f} seconds\n{outcome.said}"
        return Finding(case, "hang", "hang", said)
    if outcome.verdict.differences:
        tag, first = outcome.verdict.differences[0]
        count = len(outcome.verdict.differences)
        key = f"difference {_call(first)} {_shape(first)}"
        return Finding(case, "difference", key, "", tag, first, count)
    if outcome.leaks:
        return Finding(case, "leak", "leak", "\n".join(outcome.leaks))
    return None


def _call(difference: Difference) -> str:
    """The call without the number of the layer, so that a smaller archive can show the same."""
    return re.sub(r"\[\d+\]", "[]", difference.where)


def _shape(difference: Difference) -> str:
    """What kind of answer each engine gave: an error of some class, or a good one."""
    return f"{difference.go_class or 'answer'}/{difference.python_class or 'answer'}"


def _size(path: str) -> int:
    """Of the archive, in bytes; 0 where it cannot be told, which the engines will report."""
    try:
        return Path(path).stat().st_size if path else 0
    except OSError:
        return 0


def _is_tar(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(_USTAR_OFFSET)
            return file.read(len(_USTAR_MAGIC)) == _USTAR_MAGIC
    except OSError:
        return False
