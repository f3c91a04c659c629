"""``bench``: how fast this machine hashes and compresses, way by way."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable

from pyggcr._dataclasses import asdict
from pyggcr.cli import reader
from pyggcr.cli.options import as_json
from pyggcr.cli.output import write_json
from pyggcr.cli.progress import item_progress
from pyggcr.cli.table import Table, write_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.bench import Result

__all__ = ["bench"]

# Seconds in all; each job has an equal share.
_SECONDS = 27.0
_QUICK_SECONDS = 4.0

_PARTS = 100  # of a job, for progress

_COLUMNS = ("job", "way", "MB/s", "ratio", "min to max", "beside")


@reader.command()
@reader.option("--quick", is_flag=True, help="Run for 5 seconds instead of 30")
@as_json
def bench(quick: bool, as_json: bool) -> None:
    """Measure hashing and gzip on this machine.

    The ways to do a job take turns; a ratio above 1 is faster than the way that it stands beside.
    """
    from pyggcr.bench import jobs, measure

    results = []
    with jobs() as todo, item_progress("measuring", _PARTS * len(todo)) as advance:
        seconds = (_QUICK_SECONDS if quick else _SECONDS) / len(todo)
        for number, job in enumerate(todo):
            done = functools.partial(_advance, advance, number, job.name)
            results += measure(job, seconds, done)
    if as_json:
        write_json({**_installed(), "results": [_to_json(result) for result in results]})
    else:
        write_table(Table(rows=[_cells(result) for result in results], columns=_COLUMNS))


def _advance(advance: Callable[[int, str], None], jobs: int, name: str, share: float) -> None:
    advance(int(_PARTS * (jobs + share)), name)


def _installed() -> dict[str, Any]:
    """What the figures depend on, beside the machine."""
    import platform

    import pyggcr

    return {
        "pyggcr": pyggcr.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "engines": [asdict(info) for info in pyggcr.engines().values()],
    }


def _to_json(result: Result) -> dict[str, Any]:
    return {
        "job": result.job,
        "way": result.way,
        "bytes": result.size,
        "seconds": list(result.seconds),
        "mb_per_second": result.speed,
        "beside": result.beside or None,
        "ratios": list(result.ratios),
    }


def _cells(result: Result) -> tuple[str, ...]:
    speed = f"{result.speed:,.0f}" if result.speed >= 100 else f"{result.speed:.1f}"
    if not result.ratios:
        return (result.job, result.way, speed, "", "", "")
    low, high = min(result.ratios), max(result.ratios)
    ratio = f"{statistics.median(result.ratios):.2f}"
    return (result.job, result.way, speed, ratio, f"{low:.2f} to {high:.2f}", result.beside)
