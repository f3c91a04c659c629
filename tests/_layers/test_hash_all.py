"""Several streams hashed beside each other: results and errors in their order."""

from __future__ import annotations

import hashlib
import io
import random
import threading

import pytest

from pyggcr import limits
from pyggcr._layers import worker_pool
from pyggcr._layers.hashing import hash_all
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.errors import CancelledError, TruncatedError


class Stream(io.BytesIO):
    """Bytes that break off in an error, if one is given; notes that it was closed."""

    def __init__(self, content, error=None):
        super().__init__(content)
        self.error = error

    def read(self, size=-1):
        piece = super().read(size)
        if not piece and self.error is not None:
            raise self.error
        return piece


@pytest.fixture(params=[1, 2, 3, 8])
def processors(request, monkeypatch):
    monkeypatch.setattr(worker_pool, "processors", lambda: request.param)


def hashed(streams):
    found = []
    with WorkerPool(len(streams)) as pool:
        try:
            for digest, size in hash_all([lambda it=it: it for it in streams], pool):
                found.append((digest.hex, size))
        finally:
            closed = [stream.closed for stream in streams]
    return found, closed


@pytest.mark.parametrize("sizes", [[], [0], [5], [300_000, 0, 1], [1_000_003, *range(6), 700_000]])
def test_in_their_order(processors, sizes):
    contents = [random.Random(size).randbytes(size) for size in sizes]
    found, closed = hashed([Stream(content) for content in contents])
    assert found == [(hashlib.sha256(each).hexdigest(), len(each)) for each in contents]
    assert all(closed)


def test_an_error_is_raised_at_its_turn(processors):
    """Those before it are told first, however long they are; another error behind it never is."""
    streams = [
        Stream(bytes(2_000_000)),
        Stream(b"", TruncatedError("first")),
        Stream(b"", TruncatedError("second")),
        Stream(bytes(10)),
    ]
    found = []
    with WorkerPool(4) as pool, pytest.raises(TruncatedError, match="first"):
        found.extend(hash_all([lambda it=it: it for it in streams], pool))
    with WorkerPool(4) as pool, pytest.raises(TruncatedError, match="opened"):
        next(hash_all([_fail, lambda: Stream(b"")], pool))
    assert all(stream.closed for stream in streams[:2])


def test_what_was_told_before_an_error_is_kept(processors):
    streams = [Stream(b"a"), Stream(b"b", TruncatedError("broken"))]
    found = []
    with WorkerPool(2) as pool:
        results = hash_all([lambda it=it: it for it in streams], pool)
        found.append(next(results))
        with pytest.raises(TruncatedError):
            next(results)
    assert [size for _, size in found] == [1]


def test_cancelling_ends_it_and_closes_all(processors):
    token = limits.CancelToken()

    class Cancelling(Stream):
        def read(self, size=-1):
            token.cancel()
            limits.current().check()
            return super().read(size)

    streams = [Stream(bytes(1_000_000)), Cancelling(b"a"), Stream(b"b")]
    opened = []

    def opener(stream):
        opened.append(stream)
        return stream

    with limits.limit(cancel=token), WorkerPool(3) as pool, pytest.raises(CancelledError):
        list(hash_all([lambda it=it: opener(it) for it in streams], pool))
    assert streams[1] in opened
    assert all(stream.closed for stream in opened)
    assert threading.active_count() == 1 or all(
        not thread.name.startswith("pyggcr-worker") for thread in threading.enumerate()
    )


def _fail():
    raise TruncatedError("opened")
