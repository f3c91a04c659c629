"""What the suites share: the engines, the workers, and how a worker's rounds become a benchmark."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyggcr
from benchmarks.runner.peers import MissingPeerError
from benchmarks.runner.workers import Workforce, clock

# A suite's mark: time passes only while a worker works.
timed = functools.partial(pytest.mark.benchmark, timer=clock)

# In bytes: less is done several times in a round, more only in a few rounds.
_LITTLE = 256 << 10
_MUCH = 1 << 30

Measure = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--quick``: small sizes and few rounds."""
    parser.addoption("--quick", action="store_true", help="small sizes and few rounds")


@pytest.fixture(scope="session")
def quick(request: pytest.FixtureRequest) -> bool:
    """Whether the run shall be a short one."""
    return bool(request.config.getoption("--quick"))


@pytest.fixture(scope="session")
def workers() -> Iterator[Workforce]:
    """The processes that do the work."""
    with Workforce() as force:
        yield force


@pytest.fixture
def measure(benchmark: Any, workers: Workforce, quick: bool) -> Measure:
    """``measure(way, worker, op, size, **request)``: have it done some rounds, as a benchmark.

    The way is what stands beside other ways in tables and plots; the size is in bytes.
    """

    def measure(way: str, worker: str, op: str, size: int, **request: Any) -> None:
        threads = request.setdefault("threads", 1)
        loops = max(1, _LITTLE // size)
        rounds = 3 if quick or size >= _MUCH else 5
        benchmark.extra_info.update(way=way, size=size, bytes=size * threads, **request)
        benchmark.extra_info.update(loops=loops, path="")
        try:
            at_work = workers[worker]
        except MissingPeerError as reason:
            pytest.skip(f"Go alone, {worker}: {reason}")
        benchmark.pedantic(
            at_work.ask, args=(op,), kwargs={**request, "loops": loops}, rounds=rounds
        )

    return measure


@pytest.fixture(params=["go", "python"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine in turn."""
    info = pyggcr.engines()[request.param]
    if not info.available:
        pytest.skip(info.reason)
    return info.name
