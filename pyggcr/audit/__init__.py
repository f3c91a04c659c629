"""Which of many images are bad, and which tools fail on them: the doctor for whole registries.

``audit`` gives a row for each image; ``Audit`` also sorts them and completes them in the end.
``rows`` has what is said of an image. There is no Go counterpart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr.audit.rows import Base, Problem, Row, RowFailure, RowFinding, RowLayer, read_rows

if TYPE_CHECKING:
    from pyggcr.audit.run import Audit, Counts, audit

__all__ = [
    "Audit",
    "Base",
    "Counts",
    "Problem",
    "Row",
    "RowFailure",
    "RowFinding",
    "RowLayer",
    "audit",
    "read_rows",
]

# What reports of rows that are there already do not need.
_OF_RUNS = ("Audit", "Counts", "audit")


def __getattr__(name: str) -> object:
    if name not in _OF_RUNS:
        raise AttributeError(f"module 'pyggcr.audit' has no attribute {name!r}")
    from pyggcr.audit import run

    value = getattr(run, name)
    globals()[name] = value
    return value
