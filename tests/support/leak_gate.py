"""A pytest plugin that fails each test that leaves a Go handle, a descriptor or a thread behind.

And a run that leaves a file where the project lies.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Fonts that were used once.
_KEPT_BY_MATPLOTLIB = "/matplotlib/mpl-data/fonts/"

# How long a thread or descriptor may take to go away once a test is over, in seconds.
PATIENCE = 10.0


ROOT = Path(__file__).parents[2]
# What pytest, hypothesis and builds keep there.
_KEPT_IN_ROOT = {".benchmarks", ".hypothesis", ".mypy_cache", ".pytest_cache", "build", "dist"}


@pytest.fixture(autouse=True, scope="session")
def nothing_new_in_the_project() -> Iterator[None]:
    """Fail a run that leaves files in the project's folder."""
    before = {path.name for path in ROOT.iterdir()}
    yield
    left = {path.name for path in ROOT.iterdir()} - before - _KEPT_IN_ROOT
    if left:
        pytest.fail(f"the tests left in {ROOT}: {sorted(left)}", pytrace=False)


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves a Go handle, a file descriptor or a thread behind."""
    from pyggcr.differential.leak_check import OpenResources

    before = OpenResources()
    yield
    leaks = OpenResources().leaked_since(before, ignoring=_KEPT_BY_MATPLOTLIB)
    if not leaks:
        return
    # Objects in cycles wait for the collector, and threads for the scheduler.
    deadline = time.monotonic() + PATIENCE
    while leaks and time.monotonic() < deadline:
        gc.collect()
        leaks = OpenResources().leaked_since(before, ignoring=_KEPT_BY_MATPLOTLIB)
        if leaks:
            time.sleep(0.01)
    if leaks:
        pytest.fail("the test left behind: " + ", ".join(leaks), pytrace=False)
