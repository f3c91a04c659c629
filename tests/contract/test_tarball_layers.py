"""Layers from tar files at the compression levels of Go, and levels that Go does not have."""

from __future__ import annotations

import gzip
import io
import time
import zlib

import pytest
from support.gzip_inputs import mixed, text

from pyggcr import errors, tarball, validate

CONTENT = text(50_000) + mixed(100_000)
LEVELS = range(-2, 10)


def opener(data: bytes):
    """A function that opens the data."""
    return lambda: io.BytesIO(data)


@pytest.mark.parametrize("level", LEVELS)
def test_both_engines_write_the_same(go_engine, level):
    with (
        tarball.layer_from_opener(opener(CONTENT), engine="go", compression_level=level) as go,
        tarball.layer_from_opener(opener(CONTENT), engine="python", compression_level=level) as own,
    ):
        assert own.digest() == go.digest()
        assert own.size() == go.size()
        assert own.compressed().read() == go.compressed().read()


def test_the_level_is_that_of_the_layer(engine, tmp_path):
    path = tmp_path / "layer.tar"
    path.write_bytes(CONTENT)
    sizes = []
    for level in (tarball.NO_COMPRESSION, tarball.BEST_SPEED, tarball.BEST_COMPRESSION):
        with tarball.layer_from_path(path, engine=engine, compression_level=level) as layer:
            assert zlib.decompress(layer.compressed().read(), 31) == CONTENT
            sizes.append(layer.size())
    assert sizes == sorted(sizes, reverse=True)


def test_a_layer_of_any_level_is_valid(engine):
    with tarball.layer_from_opener(
        opener(bytes(10_240)), engine=engine, compression_level=7
    ) as layer:
        validate.layer(layer)


def test_without_a_level_it_is_best_speed(engine):
    with (
        tarball.layer_from_opener(opener(CONTENT), engine=engine) as default,
        tarball.layer_from_opener(
            opener(CONTENT), engine=engine, compression_level=tarball.BEST_SPEED
        ) as chosen,
    ):
        assert default.digest() == chosen.digest()


@pytest.mark.parametrize("level", [-3, 10, 1 << 40, -(1 << 63), 1 << 63])
def test_a_level_that_go_does_not_have_is_refused_when_the_layer_is_made(engine, level):
    with pytest.raises(
        errors.UnsupportedOptionError, match=f"^gzip: invalid compression level: {level}$"
    ):
        tarball.layer_from_opener(opener(CONTENT), engine=engine, compression_level=level)


def test_a_refused_level_leaves_no_stream_open(engine):
    opened = []

    def remembering():
        opened.append(io.BytesIO(CONTENT))
        return opened[-1]

    with pytest.raises(errors.UnsupportedOptionError):
        tarball.layer_from_opener(remembering, engine=engine, compression_level=10)
    # Go closes what it would compress in a goroutine of its own.
    deadline = time.monotonic() + 10
    while not all(stream.closed for stream in opened) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(stream.closed for stream in opened)


def test_for_a_file_that_is_compressed_the_level_does_not_matter(engine):
    data = gzip.compress(CONTENT)
    with tarball.layer_from_opener(opener(data), engine=engine, compression_level=10) as layer:
        assert layer.compressed().read() == data
