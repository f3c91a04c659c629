"""Audits whose process, or one of whose workers, is killed: the rows are those of a quiet run."""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.dask_cluster import DaskCluster
from support.faulty_proxy import Fault, FaultyProxy, delay
from support.fleets import store_fleet
from support.registries import DockerRegistry

_PATIENCE = 60.0  # seconds until an audit has begun
_LONG = 1800.0  # seconds that one of 10,000 images may take on a busy machine
_AUDIT = (sys.executable, "-m", "pyggcr", "audit", "--fail-on", "never")


@pytest.fixture
def slow(fleet, faulty) -> FaultyProxy:
    """A registry with 24 images that takes a while for each manifest."""
    return faulty(fleet[0], Fault("GET", "/manifests/", delay(0.05), None))


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, without what differs from run to run."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [{key: row[key] for key in row if key not in ("when", "age_days")} for row in rows]


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*_AUDIT, *map(str, arguments)], stdout=subprocess.DEVNULL)


def finish(*arguments: object, within: float = _PATIENCE * 2) -> None:
    assert start(*arguments).wait(within) == 0


def wait_for(proxy: FaultyProxy, count: int, within: float = _PATIENCE) -> None:
    """Wait until so many manifests were asked for."""
    deadline = time.monotonic() + within
    while manifests(proxy) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def manifests(proxy: FaultyProxy) -> int:
    return sum("/manifests/" in path for path in proxy.paths("GET"))


def test_an_audit_that_is_killed_goes_on_where_it_stopped(fleet, slow, tmp_path):
    finish(slow.host, "-o", tmp_path / "whole.jsonl")
    slow.requests.clear()
    options = (slow.host, "--state", tmp_path / "s", "--max-per-host", 1)
    process = start(*options)
    wait_for(slow, 14)
    process.send_signal(signal.SIGKILL)
    process.wait()
    slow.requests.clear()

    finish(*options, "-o", tmp_path / "rows.jsonl")

    assert rows_of(tmp_path / "rows.jsonl") == rows_of(tmp_path / "whole.jsonl")
    assert manifests(slow) <= 12  # two of four repositories had been kept


@pytest.fixture
def cluster(require) -> Iterator[DaskCluster]:
    """A scheduler and two workers."""
    if importlib.util.find_spec("distributed") is None:
        require("dask", "distributed is not installed")
    with DaskCluster(2) as running:
        yield running


def test_the_images_of_a_worker_that_is_killed_are_read_by_others(fleet, slow, cluster, tmp_path):
    finish(slow.host, "-o", tmp_path / "whole.jsonl")
    slow.requests.clear()
    dask = ("--dask", cluster.address, "--max-per-host", 2)
    process = start(slow.host, *dask, "-o", tmp_path / "rows.jsonl")
    wait_for(slow, 6)
    cluster.kill_worker(0)
    assert process.wait(_PATIENCE * 2) == 0
    assert rows_of(tmp_path / "rows.jsonl") == rows_of(tmp_path / "whole.jsonl")
    assert manifests(slow) >= 24


@pytest.mark.full
def test_a_large_audit_survives_the_loss_of_a_worker_and_of_itself(cluster, faulty, tmp_path):
    with DockerRegistry(tmp_path) as registry:
        assert len(list(store_fleet(registry.storage, 500, 20))) == 500
        proxy = faulty(registry.host)
        finish(proxy.host, "-o", tmp_path / "whole.jsonl", within=_LONG)
        proxy.requests.clear()
        options = (proxy.host, "--state", tmp_path / "s", "--dask", cluster.address)
        process = start(*options)
        wait_for(proxy, 2000, _LONG)
        cluster.kill_worker(0)
        wait_for(proxy, 4000, _LONG)
        process.send_signal(signal.SIGKILL)
        process.wait()
        proxy.requests.clear()
        finish(*options, "-o", tmp_path / "rows.jsonl", within=_LONG)
        assert len(rows_of(tmp_path / "rows.jsonl")) == 10_000
        assert rows_of(tmp_path / "rows.jsonl") == rows_of(tmp_path / "whole.jsonl")
        assert manifests(proxy) < 8_000


@pytest.mark.full
def test_of_a_large_registry_one_in_a_hundred_fails_and_the_rest_is_read(faulty, tmp_path):
    from support.faulty_proxy import answer, stall

    with DockerRegistry(tmp_path) as registry:
        names = list(store_fleet(registry.storage, 100, 20))
        deeds = (answer(429, b"", {"Retry-After": "0"}), answer(500), stall(), answer(200, b"{]"))
        faults = [
            Fault("GET", f"{name}/manifests/1.7$", deeds[number % 4], None)
            for number, name in enumerate(names[::5])
        ]
        proxy = faulty(registry.host, *faults)
        options = ("--timeout", 5, "--retries", 1, "-o", tmp_path / "rows.jsonl")
        assert start(proxy.host, *options).wait(_LONG) == 2
        rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
        assert len(rows) == 2000
        failed = [row for row in rows if row["error"]]
        assert len(failed) == 20
        assert {(row["error"]["kind"], row["error"]["status"]) for row in failed} == {
            ("TransportError", 429),
            ("TransportError", 500),
            ("DeadlineExceededError", 0),
            ("JSONError", 0),
        }
