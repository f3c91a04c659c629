"""Check many images, such as a whole registry: which are bad, and which tools fail on them.

``audit`` yields a ``Row`` for each image; ``Audit`` also returns the rows sorted and completed when
all images are known. ``read_rows`` reads rows from a file. There is no Go counterpart.
"""

from __future__ import annotations

from pyggcr.audit.rows import Base, Problem, Row, RowFailure, RowFinding, RowLayer, read_rows

TYPE_CHECKING = False
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

# Loaded when first used: reports of existing rows do not need them.
_OF_RUNS = ("Audit", "Counts", "audit")


def __getattr__(name: str) -> object:
    if name not in _OF_RUNS:
        raise AttributeError(f"module 'pyggcr.audit' has no attribute {name!r}")
    from pyggcr.audit import run

    value = getattr(run, name)
    globals()[name] = value
    return value
