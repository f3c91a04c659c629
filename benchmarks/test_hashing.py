"""SHA-256: a stream through ``v1.sha256`` against hashlib in one go, and through each engine."""

from __future__ import annotations

import hashlib
import io

import pytest

from pyggcr import tarball, v1

SIZES = [1 << 10, 1 << 20, 64 << 20]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.benchmark(group="sha256")
def test_hashlib_in_one_go(benchmark, size):
    data = bytes(size)
    benchmark(lambda: hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.benchmark(group="sha256")
def test_stream(benchmark, size):
    data = bytes(size)
    benchmark(lambda: v1.sha256(io.BytesIO(data)))


@pytest.mark.benchmark(group="sha256 of a gzip layer of 64 MiB of noise")
def test_layer_from_path(benchmark, engine, tmp_path):
    import gzip
    import random

    path = tmp_path / "layer.tar.gz"
    path.write_bytes(gzip.compress(random.Random(1).randbytes(64 << 20), 1))
    benchmark.pedantic(
        lambda: tarball.layer_from_path(path, engine=engine).close(), rounds=5, warmup_rounds=1
    )
