"""docs/crane.md says what is there: its table is compared with the commands themselves."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from unittest import mock

import pytest

from pyggcr._python import GO_CONTAINERREGISTRY
from pyggcr.cli import app
from pyggcr.cli.reader import Command, Group

DOCUMENT = Path(__file__).parents[2] / "docs" / "crane.md"
_ROW = re.compile(r"^\| `crane ?([a-z -]*)` \|(.*)\|(.*)\|$", re.MULTILINE)
ROWS = [
    (path, there.strip(), re.findall(r"`(--[\w-]+)`", there), re.findall(r"`(--[\w-]+)`", lacks))
    for path, there, lacks in _ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
]


def command(path: str) -> Command | None:
    found: Command | None = app
    for name in path.split():
        if not isinstance(found, Group):
            return None
        found = found.find(name)
    return found


def test_the_table_is_what_crane_s_help_says(run_crane) -> None:
    assert run_crane("version").lstrip("v") == GO_CONTAINERREGISTRY.lstrip("v")
    spec = importlib.util.spec_from_file_location("make", DOCUMENT.with_suffix("") / "make.py")
    make = importlib.util.module_from_spec(spec)
    with mock.patch.dict(sys.modules, {"make": make}):
        spec.loader.exec_module(make)
        table = make.table("crane")
    assert f"{make.BEGIN}\n{table}\n{make.END}" in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "there", "have", "lack"), ROWS)
def test_a_row_tells_the_truth(path, there, have, lack) -> None:
    ours = command(path)
    assert (ours is None) == (there == "no")
    options = {option for it in ours.options for option in it.names} if ours else set()
    assert [flag for flag in have if flag not in options] == []
    assert [flag for flag in lack if flag in options] == []
