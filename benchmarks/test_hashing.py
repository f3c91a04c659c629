"""SHA-256: throughput against size, on one thread and on two, by Go and by Python.

hashlib at once, ``v1.sha256`` of a stream and of a file, Go's crypto/sha256, and a layer that is
read through an engine.
"""

from __future__ import annotations

import pytest

from benchmarks.conftest import Measure, timed
from benchmarks.corpus.growth import sparse_file, zero_layer_archive

SIZES = [1 << 10, 16 << 10, 256 << 10, 4 << 20, 64 << 20, 1 << 30]
QUICK = 4 << 20

# Name in tables and plots, worker, operation.
WAYS = [
    ("hashlib at once", "python", "hash"),
    ("v1.sha256 of a stream", "python", "hash_stream"),
    ("v1.sha256 of a file", "python", "hash_file"),
    ("Go at once", "go1.26", "hash"),
    ("Go, of a file", "go1.26", "hash_file"),
]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("way", "worker", "op"), WAYS, ids=[way for way, _, _ in WAYS])
@timed(group="hashing")
def test_bytes(measure: Measure, quick: bool, way, worker, op, size, threads):
    if quick and size > QUICK:
        pytest.skip("--quick")
    measure(way, worker, op, size, path=str(sparse_file(size)), chunk=1 << 20, threads=threads)


@pytest.mark.parametrize("size", SIZES[2:])
@timed(group="hashing")
def test_layer_through_an_engine(measure: Measure, quick: bool, engine, size):
    if quick and size > QUICK:
        pytest.skip("--quick")
    path = str(zero_layer_archive(size))
    measure(
        f"a layer, {engine.capitalize()} engine",
        "python",
        "hash_layer",
        size,
        path=path,
        engine=engine,
    )
