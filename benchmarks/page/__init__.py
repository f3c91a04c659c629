"""docs/performance.md and its plots, made of a JSON file of figures and of nothing else."""

from __future__ import annotations
