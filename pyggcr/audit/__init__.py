"""Which of many images are bad, and which tools fail on them: the doctor for whole registries.

``rows`` has what is said of each image. There is no Go counterpart.
"""

from __future__ import annotations

from pyggcr.audit.rows import Base, Problem, Row, RowFailure, RowFinding, RowLayer, read_rows

__all__ = ["Base", "Problem", "Row", "RowFailure", "RowFinding", "RowLayer", "read_rows"]
