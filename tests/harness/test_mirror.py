"""Every public module has tests where readers look: in contract/, or mirroring its path."""

from __future__ import annotations

import pkgutil
from pathlib import Path

import pytest

import pyggcr

TESTS = Path(__file__).parents[1]
PUBLIC = sorted(
    module.name for module in pkgutil.iter_modules(pyggcr.__path__) if module.name[0] != "_"
)
# Folders that are no module of pyggcr.
OTHERS = {"contract", "data", "docs", "harness", "packaging", "support", "benchmarks", "tools"}
# Suites of all packages.
OF_ALL_PACKAGES = {"test_recorded_answers.py"}


def files_for(module: str) -> list[Path]:
    """The test files of a public module."""
    patterns = (
        f"contract/test_{module}.py",
        f"contract/test_{module}_*.py",
        f"test_{module}.py",
        f"{module}/**/test_*.py",
    )
    return [path for pattern in patterns for path in TESTS.glob(pattern)]


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_has_a_test_file(module: str) -> None:
    assert files_for(module) != []


def test_every_file_of_the_contract_is_named_after_a_public_module() -> None:
    wrong = [
        path.name
        for path in TESTS.glob("contract/test_*.py")
        if path.stem.split("_")[1] not in PUBLIC and path.name not in OF_ALL_PACKAGES
    ]
    assert wrong == []


def test_every_other_folder_is_named_after_a_module() -> None:
    modules = {module.name for module in pkgutil.iter_modules(pyggcr.__path__)}
    folders = {path.parent.name for path in TESTS.glob("*/test_*.py")}
    assert sorted(folders - modules - OTHERS) == []
