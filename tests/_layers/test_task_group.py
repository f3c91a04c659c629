"""Threads that wait for the network, and work that is done once."""

from __future__ import annotations

import threading
import time

import pytest

from pyggcr import limits
from pyggcr._layers.task_group import TaskGroup
from pyggcr._python.remote.shared_tasks import SharedTasks
from pyggcr.errors import CancelledError


def wait_until_stopped() -> None:
    while True:
        limits.current().check()
        time.sleep(0.005)


def test_as_many_run_at_once_as_there_are_jobs():
    both = threading.Barrier(2)
    with TaskGroup(2) as group:
        group.start(lambda: both.wait(5))
        group.start(lambda: both.wait(5))
        group.finish()


def test_no_more_run_at_once_than_there_are_jobs():
    running = []
    most = []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.005)
        running.pop()

    with TaskGroup(2) as group:
        for _ in range(10):
            group.start(work)
        group.finish()
    assert len(most) == 10
    assert max(most) <= 2


def test_the_first_failure_stops_the_others_and_is_raised():
    def fail() -> None:
        raise KeyError("the first")

    with pytest.raises(KeyError, match="the first"), TaskGroup(2) as group:
        group.start(wait_until_stopped)
        group.start(fail)
        group.finish()


def test_work_in_the_calling_thread_is_stopped_by_a_failure_too():
    def fail() -> None:
        raise KeyError("the first")

    with pytest.raises(KeyError, match="the first"), TaskGroup(1) as group:
        group.start(fail)
        wait_until_stopped()


def test_an_error_of_the_calling_thread_stops_the_others():
    with pytest.raises(KeyError, match="mine"), TaskGroup(1) as group:
        group.start(wait_until_stopped)
        raise KeyError("mine")
    assert not any(thread.name == "pyggcr-transfer" for thread in threading.enumerate())


def test_a_call_that_is_cancelled_stops_all():
    token = limits.CancelToken()
    timer = threading.Timer(0.05, token.cancel)
    timer.start()
    with pytest.raises(CancelledError), limits.limit(cancel=token), TaskGroup(1) as group:
        group.start(wait_until_stopped)
        group.finish()
    timer.join()


def test_progress_is_told_by_the_calling_thread_and_goes_on_after_the_team():
    told: list[tuple[int, int]] = []

    def note(progress: limits.Progress) -> None:
        told.append((threading.get_ident(), progress.bytes_read))

    def work() -> None:
        for _ in range(10):
            limits.current().advance(10)
            time.sleep(0.02)

    with limits.limit(progress=note):
        limits.current().advance(1000)
        with TaskGroup(1) as group:
            group.start(work)
            group.finish()
    assert {thread for thread, _ in told} == {threading.get_ident()}
    counts = [count for _, count in told]
    assert counts == sorted(counts)
    assert 1000 < counts[-1] <= 1100


def test_work_is_done_once_however_many_ask():
    tasks = SharedTasks()
    done = []

    def work() -> None:
        time.sleep(0.02)
        done.append(1)

    with TaskGroup(4) as group:
        for _ in range(4):
            group.start(lambda: tasks.do("key", work))
        group.finish()
    assert done == [1]


def test_work_that_failed_is_done_again_by_the_next_who_asks():
    tasks = SharedTasks()

    def fail() -> None:
        raise KeyError("once")

    with pytest.raises(KeyError):
        tasks.do("key", fail)
    done = []
    tasks.do("key", lambda: done.append(1))
    assert done == [1]


def test_what_is_noted_as_done_is_not_done():
    tasks = SharedTasks()
    tasks.note("key")

    tasks.do("key", lambda: pytest.fail("it was done"))
