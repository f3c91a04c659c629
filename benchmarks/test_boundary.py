"""What crossing from Python to Go costs: a call, an answer, a read of each size."""

from __future__ import annotations

import pytest
from support.big import write_archive

from pyggcr import tarball

SIZE = 64 << 20


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """An archive with one plain layer of 64 MiB."""
    path = tmp_path_factory.mktemp("boundary") / "archive.tar"
    write_archive(path, SIZE)
    return path


@pytest.mark.benchmark(group="call")
def test_empty_call(benchmark):
    from pyggcr._go import library

    benchmark(library.load().lib.pyggcr_abi_version)


@pytest.mark.benchmark(group="call")
def test_answer(benchmark, archive):
    with tarball.image_from_path(archive, engine="go") as image:
        benchmark(image.config_name)


@pytest.mark.parametrize("chunk", [4 << 10, 64 << 10, 1 << 20, 4 << 20])
@pytest.mark.benchmark(group="read a plain layer of 64 MiB")
def test_read(benchmark, engine, archive, chunk):
    buffer = bytearray(chunk)

    def read(layer) -> None:
        with layer.uncompressed() as stream:
            while stream.readinto(buffer):
                continue

    with tarball.image_from_path(archive, engine=engine) as image, image.layers()[0] as layer:
        benchmark.pedantic(read, args=(layer,), rounds=5, warmup_rounds=1)
