"""The tables of docs/audit.md name every format and every member of a row."""

from __future__ import annotations

import re
from pathlib import Path

from pyggcr.audit import Row
from pyggcr.audit.formats import FORMATS, format_of

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = (DOCS / "audit.md").read_text(encoding="utf-8")


def test_the_formats_are_all_there():
    table = DOCUMENT[DOCUMENT.index("| format |") : DOCUMENT.index("A row has")]
    assert {format_of(f"x{suffix}") for suffix in re.findall(r"`(\.\w+)`", table)} == set(FORMATS)


def test_every_member_of_a_row_is_named():
    missing = [name for name in Row("x").to_json() if f"`{name}`" not in DOCUMENT]
    assert missing == []
