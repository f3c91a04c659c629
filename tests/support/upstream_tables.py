"""Rows of the tables in go-containerregistry's own tests, which tests/data/upstream holds as JSON.

A file per package has the tables by the names of the Go tests that they come from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "data" / "upstream"


def tables(package: str) -> dict[str, list[Any]]:
    """All tables of a package, by the name of its file."""
    found: dict[str, list[Any]] = json.loads((FOLDER / f"{package}.json").read_text())
    return found


def rows(package: str, *names: str) -> list[Any]:
    """The rows of tables of a package, for ``pytest.mark.parametrize``."""
    known = tables(package)
    return [
        pytest.param(row, id=f"{name}-{number}")
        for name in names
        for number, row in enumerate(known[name], 1)
    ]
