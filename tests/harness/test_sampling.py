"""Which cases ``make test`` leaves to ``make full``."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from support.sampling import ONE_IN, beyond_the_sample

ROOT = Path(__file__).parents[2]
MODULE = "tests/crane/test_verbs.py"


def _items(*names: str) -> list[Any]:
    return [SimpleNamespace(nodeid=f"{MODULE}::{name}") for name in names]


@pytest.mark.parametrize("module", ONE_IN)
def test_each_module_is_there(module):
    assert (ROOT / module).is_file()
    assert ONE_IN[module] > 1


def test_a_test_without_cases_always_runs():
    assert beyond_the_sample(_items("test_a", "test_b")) == []


def test_every_test_keeps_a_case_and_the_choice_is_always_the_same():
    one, many = _items("test_one[x]"), _items(*(f"test_many[{n}]" for n in range(20)))

    left = beyond_the_sample([*one, *many])

    assert len(left) == 20 - math.ceil(20 / ONE_IN[MODULE])
    assert all(it in many for it in left)
    turned = beyond_the_sample([*reversed(many), *one])
    assert {it.nodeid for it in turned} == {it.nodeid for it in left}


def test_cases_of_other_modules_always_run():
    item = SimpleNamespace(nodeid="tests/name/test_parsing.py::test_a[1]")

    assert beyond_the_sample([cast(Any, item)] * 5) == []
