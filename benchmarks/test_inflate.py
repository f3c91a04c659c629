"""gzip undone: zlib, isal, the Python engine's reader, Go through the engine, Go alone."""

from __future__ import annotations

import importlib.util

import pytest

import pyggcr
from benchmarks.conftest import Measure, timed
from benchmarks.corpus.kinds import COMPRESSIBLE, gzip_sample

SIZE = 32 << 20
CHUNK = 1 << 20

WAYS = [
    ("zlib", "python", "gunzip_with_zlib"),
    ("isal", "python", "gunzip_with_isal"),
    ("pyggcr", "python", "gunzip"),
    ("Go through the engine", "python", "gunzip_with_engine"),
    ("Go 1.26", "go1.26", "gunzip"),
    ("Go 1.27", "go1.27", "gunzip"),
]


@pytest.mark.parametrize("kind", COMPRESSIBLE)
@pytest.mark.parametrize(("way", "worker", "op"), WAYS, ids=[way for way, _, _ in WAYS])
@timed(group="inflate")
def test_inflate(measure: Measure, quick: bool, way, worker, op, kind):
    if way == "isal" and importlib.util.find_spec("isal") is None:
        pytest.skip("isal is not installed")
    if way == "Go through the engine" and not pyggcr.engines()["go"].available:
        pytest.skip("there is no Go engine")
    size = SIZE >> 3 if quick else SIZE
    measure(way, worker, op, size, path=str(gzip_sample(kind, size)), chunk=CHUNK, kind=kind)
