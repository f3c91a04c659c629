"""SHA-256 of several streams at once: hashlib's digests, however the data comes."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyggcr import v1
from pyggcr._gostd import accelerator, codecs
from pyggcr._gostd.sha256 import Sha256

# Pieces from here on may wait, and 1 MiB of one stream at most.
WAITS = 1 << 15
NOISE = random.Random(1).randbytes(1 << 21)
SIZES = (0, 1, 63, 64, 65, WAITS - 1, WAITS, WAITS + 1, 100_001, (1 << 20) - 3, (1 << 20) + 7)


@pytest.fixture
def module(require):
    """The accelerator, on a processor that has instructions for SHA-256."""
    loaded = accelerator.load()
    if loaded is None:
        require("accelerator", accelerator.why_missing())
    elif loaded.lib.sha256_implementation() == loaded.ffi.NULL:
        pytest.skip("this processor has no instructions for SHA-256")
    return loaded


def piece(at: int, size: int) -> bytes:
    return NOISE[at : at + size]


@pytest.mark.parametrize("size", [*range(130), *SIZES])
def test_every_length(module, size):
    alone = Sha256(module)
    alone.update(piece(0, size))
    assert alone.digest() == hashlib.sha256(piece(0, size)).digest()


streams = st.integers(1, 5)
steps = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(SIZES) | st.integers(0, 70_000),
        st.sampled_from(["stays", "is lent", "digest", "copy", "drop"]),
    ),
    max_size=40,
)


@given(count=streams, steps=steps, start=st.integers(0, 1000))
@settings(max_examples=60)
def test_any_streams_in_any_pieces(count, steps, start):
    module = accelerator.load()
    if module is None or module.lib.sha256_implementation() == module.ffi.NULL:
        pytest.skip("there is nothing to test")
    pairs = [(Sha256(module), hashlib.sha256()) for _ in range(count)]
    for number, size, what in steps:
        ours, theirs = pairs[number % count]
        data = piece(start, size)
        theirs.update(data)
        if what == "is lent":
            lent = bytearray(data)
            ours.update(memoryview(lent))
            lent[:] = bytes(len(lent))
        else:
            ours.update(data)
        if what == "digest":
            assert ours.hexdigest() == theirs.hexdigest()
        elif what == "copy":
            pairs[number % count] = (ours.copy(), theirs)
        elif what == "drop":
            pairs[number % count] = (Sha256(module), hashlib.sha256())
    assert [ours.digest() for ours, _ in pairs] == [theirs.digest() for _, theirs in pairs]


def test_threads_that_hash_at_once(module):
    different = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(10):
            pairs = [(Sha256(module), hashlib.sha256()) for _ in range(chance.randint(1, 3))]
            for _ in range(12):
                data = piece(chance.randrange(1000), chance.choice(SIZES[1:-2]))
                for ours, theirs in pairs:
                    ours.update(data if chance.random() < 0.8 else memoryview(data))
                    theirs.update(data)
            if any(ours.digest() != theirs.digest() for ours, theirs in pairs):
                different.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert different == []


def test_a_child_goes_on_where_its_parent_was_while_threads_hash(module):
    stop = threading.Event()

    def work() -> None:
        ours = [Sha256(module), Sha256(module)]
        while not stop.is_set():
            for stream in ours:
                stream.update(piece(0, 300_000))

    threads = [threading.Thread(target=work) for _ in range(2)]
    waits = Sha256(module)
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            waits.update(piece(number, 100_000))
            expected = hashlib.sha256(b"".join(piece(n, 100_000) for n in range(number + 1)))
            child = os.fork()
            if child == 0:
                signal.alarm(20)  # a child that waits for what no thread will do
                other = Sha256(module)
                other.update(piece(1, 100_000))
                good = other.digest() == hashlib.sha256(piece(1, 100_000)).digest()
                os._exit(not (good and waits.digest() == expected.digest()))
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert waits.digest() == expected.digest()


def test_streams_that_are_dropped_leave_nothing(module):
    data = piece(0, 400_000)
    before = sys.getrefcount(data)
    for _ in range(20):
        first, second = Sha256(module), Sha256(module)
        first.update(data)
        second.update(data)
        first.update(data)
        assert sys.getrefcount(data) > before
        del first, second
        assert sys.getrefcount(data) == before
    # Nobody waits for those that are gone: what is alone is hashed at once.
    alone = Sha256(module)
    alone.update(data)
    assert sys.getrefcount(data) == before


def test_what_waits_is_kept_and_given_back(module):
    first, second = Sha256(module), Sha256(module)
    first.update(piece(0, 100_000))  # counts from now on
    second.update(piece(0, 100_000))
    data = piece(5, 200_000)
    before = sys.getrefcount(data)
    first.update(data)
    assert sys.getrefcount(data) == before + 1
    first.digest()
    assert sys.getrefcount(data) == before


def test_memory_does_not_grow_with_the_stream(module):
    idle, fed = Sha256(module), Sha256(module)
    idle.update(piece(0, WAITS))
    for number in range(100):
        fed.update(piece(number, 300_000))
        assert sum(len(kept) for kept in fed._kept) <= 1 << 20
    expected = hashlib.sha256(b"".join(piece(number, 300_000) for number in range(100)))
    assert fed.digest() == expected.digest()


def test_what_is_no_buffer(module):
    stream = Sha256(module)
    with pytest.raises(TypeError):
        stream.update("text")
    stream.update(bytearray(b"ab"))
    assert stream.hexdigest() == hashlib.sha256(b"ab").hexdigest()


def test_it_is_like_hashlibs(module):
    ours, theirs = Sha256(module), hashlib.sha256()
    assert (ours.name, ours.digest_size, ours.block_size) == ("sha256", 32, theirs.block_size)
    assert isinstance(v1.hasher("sha256"), Sha256)
    assert codecs.in_use()["sha256"].startswith("c (")


def test_one_thread_at_a_time(module):
    stream = Sha256(module)
    with stream._lock:
        for use in (lambda: stream.update(b""), stream.digest, stream.copy):
            with pytest.raises(RuntimeError, match="another thread is using this hash"):
                use()


def test_without_the_accelerator_it_is_hashlib(monkeypatch):
    monkeypatch.setattr(accelerator, "load", lambda: None)
    codecs._sha256.cache_clear()
    try:
        assert type(codecs.sha256()) is type(hashlib.sha256())
        assert codecs.in_use()["sha256"] == "hashlib"
    finally:
        codecs._sha256.cache_clear()
