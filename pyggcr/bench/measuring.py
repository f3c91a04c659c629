"""Run the ways of a job in turn, so that disturbances of the machine affect all of them alike."""

from __future__ import annotations

import statistics
import time

from pyggcr._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr.bench.jobs import Job

__all__ = ["Result", "measure"]

# Fewer say nothing, however slow the machine is.
_LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """The measurements of one way.

    Attributes:
        job: the name of the job.
        way: the name of the way.
        size: the bytes of input of one run.
        seconds: of each run.
        beside: the name of the way that the ratios are to; empty for that way itself.
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
        """The speed in MB (1,000,000 bytes) a second, as the median of the runs."""
        return self.size / statistics.median(self.seconds) / 1e6


def measure(job: Job, seconds: float, progress: Callable[[float], None]) -> list[Result]:
    """Measure every way of a job, in three rounds at least.

    Args:
        job: the job.
        seconds: about how long to measure in all.
        progress: called now and then with the share that is done, from 0 to 1.

    Returns:
        A result for each way.

    Raises:
        RuntimeError: two ways give different results.
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
