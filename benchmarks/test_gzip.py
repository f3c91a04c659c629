"""Go's gzip at BestSpeed, both profiles: C, pure Python, Go through the engine, Go alone."""

from __future__ import annotations

import pytest

import pyggcr
from benchmarks.conftest import Measure, timed
from benchmarks.corpus.kinds import KINDS, sample
from benchmarks.runner.peers import GO_VERSIONS

SIZE = 8 << 20
# Pure Python is a hundred times slower: less is enough to see it.
SMALL = 256 << 10
CHUNK = 1 << 20

pytestmark = [
    pytest.mark.parametrize("kind", KINDS),
    pytest.mark.parametrize("profile", GO_VERSIONS),
]


@timed(group="gzip")
def test_c(measure: Measure, profile, kind):
    if pyggcr.engines()["python"].accelerators["deflate"] != "c":
        pytest.skip("the C accelerator is not built here")
    path = str(sample(kind, SIZE))
    measure("C", "python", "gzip", SIZE, path=path, chunk=CHUNK, profile=profile, kind=kind)


@timed(group="gzip")
def test_pure_python(measure: Measure, profile, kind):
    path = str(sample(kind, SMALL))
    measure(
        "pure Python",
        "pure python",
        "gzip",
        SMALL,
        path=path,
        chunk=CHUNK,
        profile=profile,
        kind=kind,
    )


@timed(group="gzip")
def test_go_alone(measure: Measure, profile, kind):
    path = str(sample(kind, SIZE))
    measure("Go", profile, "gzip", SIZE, path=path, chunk=CHUNK, profile=profile, kind=kind)


@timed(group="gzip")
def test_go_through_the_engine(measure: Measure, profile, kind):
    info = pyggcr.engines()["go"]
    if not info.available or info.gzip_profile != profile:
        pytest.skip(info.reason or f"the Go engine writes {info.gzip_profile}")
    path = str(sample(kind, SIZE))
    measure(
        "Go through the engine",
        "python",
        "gzip_with_engine",
        SIZE,
        path=path,
        profile=profile,
        kind=kind,
    )
