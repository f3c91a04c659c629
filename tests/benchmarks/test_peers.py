"""The peers are of the version that the engines are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def pinned(module: str) -> str:
    text = (ROOT / module / "go.mod").read_text("utf-8")
    found = re.search(r"google/go-containerregistry (v\S+)", text)
    assert found
    return found[1]


def test_crane_is_of_the_engine_s_version() -> None:
    assert pinned("benchmarks/go") == pinned("native")
