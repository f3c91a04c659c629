"""What the whole suite shares: engines, real archives, hypothesis profiles, and the leak gate.

Environment: HYPOTHESIS_PROFILE (dev, ci, nightly), PYGGCR_REQUIRE (parts that must not be missing,
separated by commas: a test that lacks one fails where it would be skipped), PYGGCR_PACKAGING=1
(also run the tests that build and install the package).
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

DATA = Path(__file__).parent / "data"

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **_COMMON)
settings.register_profile("ci", max_examples=200, derandomize=True, **_COMMON)
settings.register_profile("nightly", max_examples=2000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Fonts that were used once.
_KEPT_BY_MATPLOTLIB = "/matplotlib/mpl-data/fonts/"

# How long a thread or descriptor may take to go away once a test is over, in seconds.
_PATIENCE = 2.0

# Go's runtime opens these once, at its first file or timer, and to watch the container's share of
# processors, and keeps them.
_KEPT_BY_GO = ("anon_inode:[eventpoll]", "anon_inode:[eventfd]", "/sys/fs/cgroup/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests that take minutes, unless they are asked for."""
    if os.environ.get("PYGGCR_PACKAGING") == "1":
        return
    skip = pytest.mark.skip(reason="PYGGCR_PACKAGING=1 runs it")
    for item in items:
        if item.get_closest_marker("packaging"):
            item.add_marker(skip)


def require(part: str, reason: str) -> None:
    """Say that ``part`` is missing: skips the test, or fails it where the part must be there."""
    if part in os.environ.get("PYGGCR_REQUIRE", "").split(","):
        pytest.fail(f"PYGGCR_REQUIRE names {part}, but {reason}", pytrace=False)
    pytest.skip(f"{part}: {reason}")


@pytest.fixture(name="require", scope="session")
def require_fixture():
    """The function ``require(part, reason)``."""
    return require


# Not one per test: hypothesis would refuse to run many examples with it.
@pytest.fixture(params=["go", "python"], scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine in turn."""
    import pyggcr

    info = pyggcr.engines()[request.param]
    if not info.available:
        require(info.name, info.reason)
    return info.name


@pytest.fixture(scope="session")
def go_engine() -> None:
    """What a test asks for that cannot do without the Go engine."""
    import pyggcr

    info = pyggcr.engines()["go"]
    if not info.available:
        require(info.name, info.reason)


@pytest.fixture(scope="session")
def archives() -> list[Path]:
    """Every archive that a real Docker engine wrote."""
    return sorted((DATA / "docker").rglob("*.tar"))


class _Held:
    """What the process holds at one moment: Go handles, file descriptors, threads."""

    def __init__(self) -> None:
        self.handles = _go_handles()
        self.files = Counter(_open_files())
        self.threads = set(threading.enumerate())

    def leaked_since(self, before: _Held) -> list[str]:
        """What is held now and was not before, in words."""
        leaks = [f"descriptor of {name}" for name in (self.files - before.files).elements()]
        leaks += [f"thread {thread.name}" for thread in self.threads - before.threads]
        if self.handles > before.handles:
            leaks.append(f"{self.handles - before.handles} handles of the Go engine")
        return leaks


def _go_handles() -> int:
    library = sys.modules.get("pyggcr._go.library")
    if library is None or not library.loaded():
        return 0
    return sys.modules["pyggcr._go.handle"].open_handles()


def _open_files() -> Iterator[str]:
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):  # noqa: PTH112  (twice per test: no Path objects)
        return
    for descriptor in os.listdir(folder):  # noqa: PTH208
        try:
            target = os.readlink(f"{folder}/{descriptor}")  # noqa: PTH115
        except FileNotFoundError:  # the one that listed the folder
            continue
        if not target.startswith(_KEPT_BY_GO) and _KEPT_BY_MATPLOTLIB not in target:
            yield target


@pytest.fixture(autouse=True)
def no_leaks() -> Iterator[None]:
    """Fail a test that leaves a Go handle, a file descriptor or a thread behind."""
    before = _Held()
    yield
    leaks = _Held().leaked_since(before)
    if not leaks:
        return
    # Objects in cycles wait for the collector, and threads for the scheduler.
    deadline = time.monotonic() + _PATIENCE
    while leaks and time.monotonic() < deadline:
        gc.collect()
        leaks = _Held().leaked_since(before)
        if leaks:
            time.sleep(0.01)
    if leaks:
        pytest.fail("the test left behind: " + ", ".join(leaks), pytrace=False)
