"""docs/audit.md tells the truth: its Python, its commands, its tables."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from pyggcr.audit import Row
from pyggcr.audit.formats import FORMATS, format_of
from pyggcr.cli.audit import audit

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = (DOCS / "audit.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how-to" / "audit.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^pyggcr audit (.*)$", DOCUMENT + HOW_TO, re.MULTILINE)


def test_the_python_prints_what_stands_below_it():
    code, said = re.findall(
        r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL
    )[0]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "docs/audit.md", "exec"), {})
    assert printed.getvalue() == said


@pytest.mark.parametrize("arguments", COMMANDS)
def test_the_commands_have_options_that_there_are(arguments):
    with audit.make_context("audit", shlex.split(arguments)) as context:
        assert context.params["targets"]


def test_the_formats_are_all_there():
    table = DOCUMENT[DOCUMENT.index("| format |") : DOCUMENT.index("A row has")]
    assert {format_of(f"x{suffix}") for suffix in re.findall(r"`(\.\w+)`", table)} == set(FORMATS)


def test_every_member_of_a_row_is_named():
    missing = [name for name in Row("x").to_json() if f"`{name}`" not in DOCUMENT]
    assert missing == []
