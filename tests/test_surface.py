"""Every public name of go-containerregistry has a counterpart, or a reason why not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

TESTS = Path(__file__).parent
COMPARE = TESTS / "support" / "surface" / "compare.py"
# Tests that run on both engines, and those of values, which no engine computes.
CONTRACT = (*sorted((TESTS / "contract").glob("*.py")), *sorted((TESTS / "v1").glob("*.py")))
CONTRACT = (*CONTRACT, TESTS / "test_types.py")

# What does not apply has its reason in names.toml.
NOT_APPLICABLE = 98


def test_no_name_of_go_containerregistry_is_missing():
    run = subprocess.run(
        [sys.executable, COMPARE, sys.executable], capture_output=True, text=True, check=False
    )
    found = re.search(r"present, (\d+) missing.*\((\d+) do not apply\)$", run.stdout, re.MULTILINE)
    assert found is not None, run.stderr
    assert int(found[1]) == 0, run.stdout
    assert int(found[2]) <= NOT_APPLICABLE


def test_every_function_is_called_by_a_test_of_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(COMPARE.parent))
    import compare

    called = set().union(*(_names_used(path) for path in CONTRACT))
    judge = compare.Judge()

    uncalled = [
        f"{row['package']}.{row['name']}"
        for row in judge.rows
        if row["kind"] in ("func", "method")
        and (names := set(_counterparts(judge, row)))
        and not names & called
    ]

    assert uncalled == []


def _names_used(path: Path) -> Iterator[str]:
    """Attributes, keywords and names in a test, and words: functions are called by name too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _counterparts(judge: Any, row: dict[str, Any]) -> Iterator[str]:
    """What a Go function is called here: a function, a method or a keyword."""
    verdict, target = judge.verdict(row)
    targets = [target] if verdict == "other" else []
    if verdict == "present":
        targets = [path for path in judge.by_rule(row) if judge.python.has(path)]
    for name in _last_words(targets):
        if not name.startswith("__"):
            yield name


def _last_words(target: Any) -> Iterator[str]:
    if isinstance(target, dict):
        target = target["any"]
    if isinstance(target, list):
        for one in target:
            yield from _last_words(one)
    else:
        path, _, keyword = target.rstrip(")").partition("(")
        yield keyword or path.rpartition(".")[2]
