"""What the whole suite shares: engines, real archives, hypothesis profiles.

Environment: HYPOTHESIS_PROFILE (dev, ci, nightly), PYGGCR_REQUIRE (parts that must not be missing,
separated by commas: a test that lacks one fails where it would be skipped), PYGGCR_PACKAGING=1
(also run the tests that build and install the package), PYGGCR_FULL=1 (also run those that take
minutes).
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.sampling import beyond_the_sample

pytest_plugins = ("support.leak_gate", "support.registry_fixtures", "support.daemon_fixtures")

DATA = Path(__file__).parent / "data"

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=50, **_COMMON)
settings.register_profile("ci", max_examples=100, derandomize=True, **_COMMON)
settings.register_profile("nightly", max_examples=2000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


# Tests of terminals compare all that is written to them.
os.environ.setdefault("PYGGCR_HINTS", "0")


def pytest_configure() -> None:
    """Undo what nohup and a shell's ``&`` do: processes that tests start would ignore signals."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.name == "posix" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        # A handler is not inherited: the suite goes on to ignore it, what it starts does not.
        signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.hookimpl(tryfirst=True)  # before -m chooses by marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests that take minutes, unless they are asked for."""
    for item in beyond_the_sample(items):
        item.add_marker("full")
    for marker in ("packaging", "full"):
        variable = f"PYGGCR_{marker.upper()}"
        if os.environ.get(variable) == "1":
            continue
        skip = pytest.mark.skip(reason=f"{variable}=1 runs it")
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(skip)


def require(part: str, reason: str) -> None:
    """Say that ``part`` is missing: skips the test, or fails it where the part must be there."""
    if part in os.environ.get("PYGGCR_REQUIRE", "").split(","):
        pytest.fail(f"PYGGCR_REQUIRE names {part}, but {reason}", pytrace=False)
    pytest.skip(f"{part}: {reason}")


@pytest.fixture(scope="session")
def kept_for_processes() -> None:
    """Start the process that watches over those of ``multiprocessing``: it stays."""
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()


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
def go_compiler() -> None:
    """What a test asks for that builds programs in Go."""
    if shutil.which("go") is None:
        require("go", "there is no Go compiler")


@pytest.fixture(scope="session")
def archives() -> list[Path]:
    """Every archive that a real Docker daemon wrote."""
    return sorted((DATA / "docker").rglob("*.tar"))
