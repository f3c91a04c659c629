"""The threads of one call: order, results, errors, limits, and that none stays behind."""

from __future__ import annotations

import functools
import threading
import time

import pytest

from pyggcr import errors, limits
from pyggcr._layers import worker_pool as pools
from pyggcr._layers.worker_pool import WorkerPool


@pytest.fixture(params=[1, 2, 4], autouse=True)
def processors(request, monkeypatch):
    """As if the machine had so many."""
    monkeypatch.setattr(pools, "processors", lambda: request.param)
    return request.param


def test_results_come_in_order():
    def slow_first(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return number * number

    with WorkerPool(10) as pool:
        tasks = [functools.partial(slow_first, number) for number in range(10)]
        assert list(pool.in_order(tasks, anywhere=True)) == [n * n for n in range(10)]


def test_what_may_not_be_done_anywhere_is_done_here(processors):
    with WorkerPool(4) as pool:
        places = set(pool.in_order([threading.get_ident] * 20, anywhere=False))
    assert places == {threading.get_ident()}


def test_on_one_processor_there_are_no_threads(processors):
    before = threading.active_count()
    with WorkerPool(4):
        assert threading.active_count() == before + processors - 1
    assert threading.active_count() == before


def test_an_error_is_raised_at_its_turn():
    def work(number: int) -> int:
        if number == 3:
            raise errors.ArchiveError("three")
        return number

    seen = []
    with pytest.raises(errors.ArchiveError, match="three"), WorkerPool(6) as pool:
        tasks = [functools.partial(work, number) for number in range(6)]
        seen.extend(pool.in_order(tasks, anywhere=True))
    assert seen == [0, 1, 2]


def test_a_queue_keeps_its_order_beside_its_job():
    done: list[int] = []

    def job(pool: WorkerPool) -> None:
        queue = pool.serial_queue()
        for number in range(200):
            queue.put(functools.partial(done.append, number))
        queue.finish()

    with WorkerPool(1) as pool:
        pool.submit(functools.partial(job, pool)).result()
    assert done == list(range(200))


def test_a_queue_never_runs_two_tasks_at_once():
    running = threading.Semaphore(1)

    def task() -> None:
        assert running.acquire(blocking=False)
        time.sleep(0.001)
        running.release()

    with WorkerPool(1) as pool:
        queue = pool.serial_queue()
        for _ in range(50):
            queue.put(task)
        queue.finish()


def test_a_job_is_only_a_few_tasks_ahead():
    begun: list[int] = []
    ahead = []
    with WorkerPool(1) as pool:
        queue = pool.serial_queue()
        for number in range(50):
            queue.put(lambda: (time.sleep(0.001), begun.append(0)))
            ahead.append(number + 1 - len(begun))
        queue.finish()
    assert max(ahead) <= pools._AHEAD + 1


def test_what_a_task_raises_reaches_its_job():
    def fail() -> None:
        raise errors.ArchiveError("bad task")

    with WorkerPool(1) as pool:
        queue = pool.serial_queue()
        with pytest.raises(errors.ArchiveError, match="bad task"):
            for _ in range(100):
                queue.put(fail)
            queue.finish()
        with pytest.raises(errors.ArchiveError, match="bad task"):
            queue.finish()


def test_jobs_of_a_closed_pool_stop():
    stopped = threading.Event()

    def endless(pool: WorkerPool) -> None:
        queue = pool.serial_queue()
        try:
            while True:
                queue.put(lambda: time.sleep(0.001))
        finally:
            stopped.set()

    def fail() -> None:
        time.sleep(0.02)
        raise errors.ArchiveError("enough")

    with pytest.raises(errors.ArchiveError, match="enough"), WorkerPool(2) as pool:
        if pool._threads:
            pool.submit(functools.partial(endless, pool))
        else:
            stopped.set()
        fail()
    assert stopped.is_set()


def test_limits_hold_in_every_thread():
    token = limits.CancelToken()

    def work() -> None:
        while True:
            limits.current().check()
            time.sleep(0.001)

    timer = threading.Timer(0.05, token.cancel)
    timer.start()
    with (
        limits.limit(cancel=token),
        pytest.raises(errors.CancelledError),
        WorkerPool(3) as pool,
    ):
        list(pool.in_order([work] * 3, anywhere=True))
    timer.join()


def test_progress_is_reported_by_the_calling_thread_and_counts_all():
    reports: list[tuple[int, int]] = []

    def work() -> None:
        for _ in range(30):
            limits.current().advance(10)
            time.sleep(0.005)

    def report(progress: limits.Progress) -> None:
        reports.append((threading.get_ident(), progress.bytes_read))

    with limits.limit(progress=report) as in_force:
        with WorkerPool(4) as pool:
            list(pool.in_order([work] * 4, anywhere=True))
        assert in_force.counter.bytes_read == 4 * 30 * 10
    assert {thread for thread, _ in reports} == {threading.get_ident()}
    assert sorted(reports) == reports


def test_a_system_without_threads_to_spare(monkeypatch):
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with WorkerPool(3) as pool:
        assert list(pool.in_order([lambda: 1] * 3, anywhere=True)) == [1, 1, 1]
