"""How fast this machine hashes and compresses: what ``pyggcr bench`` measures.

``jobs`` says what there is to do and in which ways, ``measure`` has the ways take turns. Peers such
as crane, archives and plots are the business of benchmarks/ in the source tree.
"""

from __future__ import annotations

from pyggcr.bench.jobs import Job, Way, jobs
from pyggcr.bench.measuring import Result, measure

__all__ = ["Job", "Result", "Way", "jobs", "measure"]
