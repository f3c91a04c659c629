"""Functions mapped over executors: bounded, by groups, and again where workers died."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from pyggcr import limits
from pyggcr._os import executors
from pyggcr._os.executors import Failed, TaskMap, own_pool, process_pool, thread_pool
from pyggcr.errors import CancelledError, UnsupportedOptionError


def square(number: int) -> int:
    return number * number


def fail(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def die_once(text: str) -> str:
    """Kill the worker the first time that the file of this task is not there."""
    path = Path(text)
    if path.name.startswith("dies") and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def die_always(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_every_task_has_its_outcome():
    with thread_pool(3) as pool, TaskMap(pool, square) as tasks:
        assert dict(tasks.run(range(50))) == {number: number * number for number in range(50)}
        assert tasks.is_idle


def test_an_error_is_the_outcome_of_its_task_alone():
    with thread_pool(2) as pool, TaskMap(pool, fail) as tasks:
        found = dict(tasks.run(range(5)))
    failed = found.pop(3)
    assert isinstance(failed, Failed)
    assert str(failed.error) == "three"
    assert found == {0: 0, 1: 1, 2: 2, 4: 4}


def test_no_more_tasks_are_taken_than_the_window_holds():
    taken: list[int] = []
    go = threading.Event()

    def numbers():
        for number in range(100):
            taken.append(number)
            yield number

    def wait(number: int) -> int:
        go.wait()
        return number

    with thread_pool(2) as pool, TaskMap(pool, wait, window=5) as tasks:
        run = tasks.run(numbers())
        threading.Timer(0.1, go.set).start()
        next(run)
        assert len(taken) == 5
        assert len(list(run)) == 99


def test_of_one_group_only_so_many_tasks_run_at_once():
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock = threading.Lock()

    def work(name: str) -> str:
        with lock:
            running[name] += 1
            most[name] = max(most[name], running[name])
        time.sleep(0.005)
        with lock:
            running[name] -= 1
        return name

    with thread_pool(8) as pool:
        tasks = TaskMap(pool, work, group=lambda name: name, most_of_group=2)
        with tasks:
            assert len(list(tasks.run("aaaaaaaaaabbbbbbbbbb"))) == 20
    assert most == {"a": 2, "b": 2}


@pytest.mark.usefixtures("kept_for_processes")
def test_the_tasks_of_a_worker_that_died_are_done_again(tmp_path: Path):
    names = [*(f"a{number}" for number in range(6)), "dies"]
    with process_pool(2) as pool, TaskMap(pool, die_once) as tasks:
        found = [result for _, result in tasks.run(str(tmp_path / name) for name in names)]
    assert sorted(map(str, found)) == names


@pytest.mark.usefixtures("kept_for_processes")
def test_a_task_that_kills_its_worker_each_time_fails_alone():
    with process_pool(2) as pool, TaskMap(pool, die_always) as tasks:
        found = dict(tasks.run(range(5)))
    failed = found.pop(2)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, BrokenProcessPool)
    assert found == {0: 0, 1: 1, 3: 3, 4: 4}


def test_the_callers_executor_stays_open():
    with ThreadPoolExecutor(2) as executor:
        with own_pool(executor) as pool, TaskMap(pool, square) as tasks:
            assert dict(tasks.run([2])) == {2: 4}
        assert executor.submit(square, 3).result() == 9


def test_limits_of_the_call_end_it_and_its_threads():
    token = limits.CancelToken()
    ended = threading.Event()

    def work(_: int) -> None:
        token.cancel()
        try:
            limits.pause(60)
        finally:
            ended.set()

    with (
        pytest.raises(CancelledError),
        limits.limit(cancel=token),
        thread_pool(1) as pool,
        TaskMap(pool, work) as tasks,
    ):
        list(tasks.run([1]))
    assert ended.is_set()


def test_without_distributed_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(executors.importlib, "import_module", missing)
    with pytest.raises(UnsupportedOptionError, match=r"pip install 'pyggcr\[dask\]'"):
        executors.dask_pool("tcp://127.0.0.1:1")
