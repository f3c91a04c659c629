"""Go's gzip at BestSpeed: by Go and by the Python engine, and reading it back."""

from __future__ import annotations

import io

import pytest

from pyggcr._gostd.gzip import PROFILES, Compressor, Reader

KINDS = ["machine_code", "words"]


def compress(data: bytes, profile: str) -> bytes:
    """The gzip of the data."""
    compressor = Compressor(profile)
    return compressor.compress(data) + compressor.flush()


class Raw(io.BytesIO, io.RawIOBase):
    """Bytes as a raw stream."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.benchmark(group="gzip of 4 MiB")
def test_compress(benchmark, request, kind, profile):
    data = request.getfixturevalue(kind)
    benchmark.pedantic(compress, args=(data, profile), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.benchmark(group="gzip of 4 MiB")
def test_compress_with_go(benchmark, request, kind):
    from pyggcr._go import gostd

    data = request.getfixturevalue(kind)
    benchmark.pedantic(gostd.call, args=("gzip", data), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.benchmark(group="gunzip to 4 MiB")
def test_read(benchmark, request, kind):
    data = compress(request.getfixturevalue(kind), "go1.26")
    benchmark.pedantic(lambda: Reader(Raw(data)).readall(), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.benchmark(group="gunzip to 4 MiB")
def test_read_with_go(benchmark, request, kind):
    from pyggcr._go import gostd

    data = compress(request.getfixturevalue(kind), "go1.26")
    benchmark.pedantic(gostd.call, args=("gunzip", data), rounds=5, warmup_rounds=1)
