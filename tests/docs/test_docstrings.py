"""The examples in docstrings print what stands below them, on each engine."""

from __future__ import annotations

import doctest
import importlib
import io
from pathlib import Path

import pytest

import pyggcr

PACKAGE = Path(pyggcr.__file__).parent


def modules_with_examples() -> list[str]:
    """The modules of the package with an example in a docstring, by their names."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


def run_examples(module: object) -> tuple[int, str]:
    """How many examples a module has, and what is wrong with them."""
    runner = doctest.DocTestRunner()
    wrong = io.StringIO()
    for test in doctest.DocTestFinder().find(module):
        runner.run(test, out=wrong.write)
    return runner.summarize(verbose=False).attempted, wrong.getvalue()


@pytest.mark.parametrize("module", modules_with_examples())
def test_examples_print_what_they_show(module: str, engine: str) -> None:
    with pyggcr.use_engine(engine):
        count, wrong = run_examples(importlib.import_module(module))

    assert wrong == ""
    assert count > 0


def test_a_wrong_example_is_found() -> None:
    module = type(doctest)("wrong", ">>> 1 + 1\n3\n")

    count, wrong = run_examples(module)

    assert count == 1
    assert "Expected:\n    3\nGot:\n    2\n" in wrong
