"""The gzip encoders write what Go writes at every level."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gzip_fuzz import LEVELS, RELEASES
from support.gzip_inputs import WINDOW, copies, level_inputs, mixed, text

from pyggcr import limits
from pyggcr._gostd import accelerator, codecs
from pyggcr._gostd.gzip import PROFILES, Compressor
from pyggcr.errors import CancelledError, UnsupportedOptionError

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "gzip" / "levels.json").read_text())

profiles = st.sampled_from(PROFILES)
levels = st.sampled_from(LEVELS)


def compress(data: bytes, profile: str, level: int) -> bytes:
    """The gzip of the data, in one go."""
    compressor = Compressor(profile, level)
    return compressor.compress(data) + compressor.flush()


@pytest.fixture(params=["accelerator", "python"])
def encoder(request, require):
    """Each encoder in turn is the one that is used."""
    if request.param == "accelerator" and accelerator.load() is None:
        require("accelerator", accelerator.why_missing())
    with codecs.use_deflater(request.param):
        yield request.param


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_equals_what_go_was_recorded_to_write(encoder, profile, level):
    recorded = RECORDED[profile][str(level)]
    wrong = [
        name
        for name, data in level_inputs().items()
        if hashlib.sha256(compress(data, profile, level)).hexdigest() != recorded[name]
    ]
    assert wrong == []


@given(data=st.binary(max_size=3000), profile=profiles, level=levels)
def test_can_be_undone(data, profile, level):
    assert zlib.decompress(compress(data, profile, level), 31) == data


@given(sizes=st.lists(st.integers(0, 40_000), max_size=5), profile=profiles, level=levels)
def test_cutting_the_input_does_not_change_the_output(sizes, profile, level):
    data = mixed(sum(sizes))
    compressor = Compressor(profile, level)
    pieces, start = [], 0
    for size in sizes:
        pieces.append(compressor.compress(data[start : start + size]))
        start += size
    assert b"".join(pieces) + compressor.flush() == compress(data, profile, level)


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", LEVELS)
def test_a_long_stream_can_be_undone(encoder, profile, level):
    # Longer than the history that is kept, so that places change.
    data = (text(40_000) + copies(WINDOW)) * 9
    assert zlib.decompress(compress(data, profile, level), 31) == data


@pytest.mark.parametrize("profile", RELEASES)
def test_the_default_is_level_6(encoder, profile):
    data = text(30_000)
    assert compress(data, profile, -1) == compress(data, profile, 6)


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize(("level", "hint"), [(1, 4), (9, 2), (-2, 0), (-1, 0), (0, 0), (5, 0)])
def test_the_header_hints_at_the_level(encoder, profile, level, hint):
    assert compress(b"", profile, level)[8] == hint


@pytest.mark.parametrize("profile", RELEASES)
@pytest.mark.parametrize("level", [-3, 10, 1 << 40])
def test_an_unknown_level_is_refused(encoder, profile, level):
    with pytest.raises(UnsupportedOptionError, match=f"^gzip: invalid compression level: {level}$"):
        Compressor(profile, level)


@pytest.mark.parametrize("level", LEVELS)
def test_compressing_can_be_cancelled(level):
    token = limits.CancelToken()
    compressor = Compressor("go1.26", level)
    with limits.limit(cancel=token):
        compressor.compress(text(3 * WINDOW))
        token.cancel()
        with pytest.raises(CancelledError, match="^context canceled$"):
            compressor.compress(text(3 * WINDOW))
