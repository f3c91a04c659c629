"""What crossing from Python to Go costs: a call, an answer, a read of each size.

The same read inside Go stands beside it. The bars are held against paired runs (parts/streams.py);
this suite shows the whole range.
"""

from __future__ import annotations

import pytest

import pyggcr
from benchmarks.conftest import Measure, timed
from benchmarks.corpus.growth import zero_layer_archive
from benchmarks.parts.streams import CHUNKS
from pyggcr import tarball

SIZE = 64 << 20


@pytest.fixture(autouse=True)
def go_engine() -> None:
    """Without it there is no boundary."""
    info = pyggcr.engines()["go"]
    if not info.available:
        pytest.skip(info.reason)


@pytest.mark.benchmark(group="call")
def test_empty_call(benchmark):
    from pyggcr._go import library

    benchmark(library.load().lib.pyggcr_abi_version)


@pytest.mark.benchmark(group="call")
def test_inline_call(benchmark):
    """Three arguments and nothing to do; needs a library built with ``-tags pyggcr_test``."""
    from pyggcr._go import table

    if "test.Nothing" not in table.functions():
        pytest.skip("PYGGCR_GO_LIBRARY names no library with the functions for tests")
    nothing = table.function("test.Nothing")
    benchmark(lambda: nothing(1, b"abc", "def"))


@pytest.mark.benchmark(group="call")
def test_answer(benchmark):
    with tarball.image_from_path(zero_layer_archive(SIZE), engine="go") as image:
        benchmark(image.config_name)


@pytest.mark.parametrize("chunk", CHUNKS)
@timed(group="reading a layer")
def test_read_through_an_engine(measure: Measure, engine, chunk):
    path = str(zero_layer_archive(SIZE))
    measure(
        f"{engine.capitalize()} engine",
        "python",
        "read_layer",
        SIZE,
        path=path,
        chunk=chunk,
        engine=engine,
    )


@pytest.mark.parametrize("chunk", CHUNKS)
@timed(group="reading a layer")
def test_read_inside_go(measure: Measure, chunk):
    path = str(zero_layer_archive(SIZE))
    measure("inside Go", "go1.26", "read_layer", SIZE, path=path, chunk=chunk)
