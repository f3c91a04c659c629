"""Has the ways of a job take turns: what disturbs the machine then disturbs all of them alike."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from pyggcr._dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr.bench.jobs import Job

__all__ = ["Result", "measure"]

# Fewer say nothing, however slow the machine is.
_LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """One way of a job, measured.

    Attributes:
        job: name of the job.
        way: name of the way.
        size: bytes of input of one run.
        seconds: of each run.
        beside: name of the way that the ratios are to; empty for that way itself.
        ratios: how many times faster than that, round by round; empty for that way itself.
    """

    job: str
    way: str
    size: int
    seconds: tuple[float, ...]
    beside: str = ""
    ratios: tuple[float, ...] = ()

    @property
    def speed(self) -> float:
        """MB (of 1,000,000 bytes) a second, median of the runs."""
        return self.size / statistics.median(self.seconds) / 1e6


def measure(job: Job, seconds: float, progress: Callable[[float], None]) -> list[Result]:
    """Measure every way of a job, for so many seconds in all, and for three rounds at least.

    Args:
        job: what to do.
        seconds: how long, about.
        progress: is told now and then which share is done, from 0 to 1.

    Raises:
        RuntimeError: two ways give different answers.
    """
    start = time.monotonic()
    _check_answers(job)
    rounds: list[list[float]] = []
    while len(rounds) < _LEAST_ROUNDS or time.monotonic() - start < seconds:
        times = []
        for way in job.ways:
            begin = time.perf_counter()
            way.run(way.size)
            times.append(time.perf_counter() - begin)
            by_time = (time.monotonic() - start) / seconds
            progress(min(by_time, (len(rounds) + 1) / _LEAST_ROUNDS, 1.0))
        rounds.append(times)
    progress(1.0)
    return _results(job, rounds)


def _check_answers(job: Job) -> None:
    """Run each way once on as much as all of them do, and compare; it warms up too."""
    size = min(way.size for way in job.ways)
    answers = {way.name: way.run(size) for way in job.ways}
    if len(set(answers.values())) > 1:
        raise RuntimeError(f"{job.name}: the answers differ: {answers}")


def _results(job: Job, rounds: list[list[float]]) -> list[Result]:
    first = job.ways[0]
    results = []
    for way, seconds in zip(job.ways, zip(*rounds, strict=True), strict=True):
        if way is first:
            results.append(Result(job.name, way.name, way.size, seconds))
            continue
        ratios = [(way.size / own[job.ways.index(way)]) / (first.size / own[0]) for own in rounds]
        results.append(Result(job.name, way.name, way.size, seconds, first.name, tuple(ratios)))
    return results
