"""Registries with images to audit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.fleets import push_fleet

from pyggcr import registry
from pyggcr.audit import Row

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="module")
def fleet() -> Iterator[tuple[str, list[str]]]:
    """A registry's host with 24 images in 4 repositories, and their references."""
    with registry.serve(engine="python") as server:
        yield server.host, push_fleet(server.host, 4, 6)


@pytest.fixture
def plain() -> Callable[[Iterable[Row]], list[dict[str, Any]]]:
    """``plain(rows)``: documents of rows without what differs from run to run."""

    def convert(rows: Iterable[Row]) -> list[dict[str, Any]]:
        return [
            {key: value for key, value in row.to_json().items() if key not in ("when", "age_days")}
            for row in rows
        ]

    return convert


@pytest.fixture(scope="session")
def recorded_archives() -> str:
    """A folder with archives of docker save."""
    return str(DATA / "docker")
