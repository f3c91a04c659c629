"""How time and memory of ``validate`` grow: with each series of ``corpus.growth``."""

from __future__ import annotations

import sys
from typing import Any

from benchmarks.corpus.growth import SERIES
from benchmarks.parts.contestants import contestants
from benchmarks.runner.contest import Contest, Effort
from benchmarks.runner.process import run
from benchmarks.runner.report import say

__all__ = ["import_memory", "measure"]

# A curve needs no median of many; the small sizes are over soon anyway.
_EFFORT = Effort(5, 15)


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """A contest for each size of each series."""
    found = []
    for series in SERIES:
        form = "gzip" if series.name.startswith("gzip") else "plain"
        for size in series.quick_sizes if quick else series.sizes:
            name = f"validate, {size:,} {series.unit}"
            say(name)
            archive = series.archive(size)
            rivals = contestants("validate", archive, form, missing, profiles=False)
            facts = {"series": series.name, "unit": series.unit, "size": size}
            found.append(Contest(name, rivals, facts).hold(_EFFORT))
    return found


def import_memory() -> int:
    """Peak memory of a process that only imports pyggcr, in bytes: what all figures are above."""
    command = [sys.executable, "-c", "import pyggcr"]
    return sorted(run(command).peak_memory for _ in range(5))[2]
