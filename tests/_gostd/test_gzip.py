"""The gzip encoders write what Go writes, of whatever and however it comes."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gzip_fuzz import RELEASES
from support.gzip_inputs import BLOCK, all_inputs, mixed, text

import pyggcr
from pyggcr import limits
from pyggcr._gostd.gzip import PROFILES, CompressedStream, Compressor
from pyggcr.errors import CancelledError, TruncatedError, UnsupportedOptionError

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "gzip" / "vectors.json").read_text())

runs = st.tuples(st.binary(min_size=1, max_size=300), st.integers(1, 400)).map(
    lambda pair: pair[0] * pair[1]
)
inputs = st.one_of(
    st.binary(max_size=3000),
    st.lists(st.one_of(runs, st.binary(max_size=5000)), max_size=8).map(b"".join),
)


def compress(data: bytes, profile: str) -> bytes:
    """The gzip of the data, in one go."""
    compressor = Compressor(profile)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize(
    "kind", ["zeros", "noise", "text", "skewed", "mixed", "fibonacci", "period"]
)
def test_equals_what_go_was_recorded_to_write(profile, kind):
    wrong = [
        name
        for name, data in all_inputs().items()
        if name.startswith(kind)
        and hashlib.sha256(compress(data, profile)).hexdigest() != VECTORS[name][profile]
    ]
    assert wrong == []


def test_the_profiles_differ():
    data = text(100_000)
    assert compress(data, "go1.26") != compress(data, "go1.27")


@given(data=inputs)
def test_equals_the_go_engine(go_engine, data):
    from pyggcr._go import gostd

    profile = pyggcr.engines()["go"].gzip_profile
    assert compress(data, profile) == gostd.call("gzip", data)


@given(data=inputs, profile=st.sampled_from(PROFILES))
def test_can_be_undone(data, profile):
    assert zlib.decompress(compress(data, profile), 31) == data


@given(sizes=st.lists(st.integers(0, 80_000), max_size=6), profile=st.sampled_from(PROFILES))
def test_cutting_the_input_does_not_change_the_output(sizes, profile):
    data = mixed(sum(sizes))
    compressor = Compressor(profile)
    pieces, start = [], 0
    for size in sizes:
        pieces.append(compressor.compress(memoryview(data)[start : start + size]))
        start += size
    assert b"".join(pieces) + compressor.flush() == compress(data, profile)


@pytest.mark.parametrize("profile", RELEASES)
def test_a_block_is_written_once_more_follows(profile):
    compressor = Compressor(profile)
    compressor.compress(b"")
    assert compressor.compress(text(BLOCK)) == b""
    assert compressor.compress(b"x") != b""


@pytest.mark.parametrize("profile", RELEASES)
def test_compressing_can_be_cancelled(profile):
    token = limits.CancelToken()
    compressor = Compressor(profile)
    with limits.limit(cancel=token):
        compressor.compress(text(2 * BLOCK))
        token.cancel()
        with pytest.raises(CancelledError, match="^context canceled$"):
            compressor.compress(text(2 * BLOCK))


def test_an_unknown_profile_is_refused():
    with pytest.raises(UnsupportedOptionError, match=r'no gzip profile "go1\.99"'):
        Compressor("go1.99")


def test_a_stream_is_compressed_while_it_is_read():
    data = mixed(300_000)
    with CompressedStream(io.FileIO(_file(data), closefd=True), "go1.26") as stream:
        pieces = iter(lambda: stream.read(777), b"")
        assert b"".join(pieces) == compress(data, "go1.26")


def test_an_error_of_the_source_reaches_the_reader():
    class Broken(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            raise TruncatedError("unexpected EOF")

    with CompressedStream(Broken(), "go1.26") as stream, pytest.raises(TruncatedError):
        stream.read()


def test_closing_a_stream_closes_its_source():
    source = io.FileIO(_file(b"data"), closefd=True)
    CompressedStream(source, "go1.26").close()
    assert source.closed


def _file(data: bytes) -> int:
    import os
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return os.dup(file.fileno())
