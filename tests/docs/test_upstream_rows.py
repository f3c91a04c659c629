"""The table in docs/testing.md counts the rows that the tests have, and each of these is used."""

from __future__ import annotations

import re
from pathlib import Path

from support.upstream_tables import FOLDER, tables

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.stem for path in FOLDER.glob("*.json"))


def test_the_page_counts_the_rows():
    page = (ROOT / "docs" / "testing.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|$", page, re.MULTILINE))
    counted = {package: sum(map(len, tables(package).values())) for package in PACKAGES}
    assert {package: int(rows) for package, rows in told.items()} == counted


def test_each_table_is_used():
    for package in PACKAGES:
        (path,) = (ROOT / "tests" / "contract").glob(f"test_*{package}_upstream.py")
        source = path.read_text()
        assert [table for table in tables(package) if f'"{table}"' not in source] == []
