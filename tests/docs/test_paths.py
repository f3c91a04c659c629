"""The documents name only files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

PATH = re.compile(r"`((?:benchmarks|docs|native|pyggcr|tests|tools)/[\w./-]+\.\w+)`")

# What a reader may add, and what a build writes.
NOT_THERE = {"pyggcr/_go/mutate.py"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda it: it.name)
def test_every_path_exists(document: Path) -> None:
    named = set(PATH.findall(document.read_text(encoding="utf-8"))) - NOT_THERE
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_there_are_paths_to_look_for() -> None:
    assert sum(len(PATH.findall(it.read_text(encoding="utf-8"))) for it in DOCUMENTS) > 30
