"""Measure how fast this machine hashes and compresses: ``pyggcr bench``.

``jobs`` lists the jobs and the ways to do them, and ``measure`` runs the ways in turn. Comparisons
with crane, archives and plots are in benchmarks/ in the source tree.
"""

from __future__ import annotations

from pyggcr.bench.jobs import Job, Way, jobs
from pyggcr.bench.measuring import Result, measure

__all__ = ["Job", "Result", "Way", "jobs", "measure"]
