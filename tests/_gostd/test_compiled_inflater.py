"""The accelerator's decoder takes what Go takes, to the byte, and refuses what Go refuses."""

from __future__ import annotations

import io
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deflate_inputs import damage, deflate_stream
from support.gzip_inputs import mixed, noise, text, zeros

from pyggcr._gostd import accelerator
from pyggcr._gostd.gzip.compiled_inflater import CompiledInflater
from pyggcr._gostd.gzip.inflate import inflate
from pyggcr._gostd.gzip.source import Input
from pyggcr.errors import Error

seeds = st.integers(0, 2**32)
contents = st.builds(
    lambda make, size: make(size),
    st.sampled_from((mixed, noise, text, zeros)),
    st.sampled_from((0, 1, 257, 258, 259, 32_767, 32_768, 32_769, 65_535, 300_000, 900_000)),
)


@pytest.fixture(scope="module", autouse=True)
def module(require):
    """The accelerator, without which there is nothing to be tested."""
    loaded = accelerator.load()
    if loaded is None:
        require("accelerator", accelerator.why_missing())
    return loaded


def decode(module, data: bytes, step: int, most: int = 1 << 18) -> tuple[bytes, str, bytes]:
    """What is made of a stream given in steps; how that ends; and what is left behind it."""
    decoder = CompiledInflater(module)
    made = bytearray()
    for start in range(0, max(1, len(data)), step):
        piece = data[start : start + step]
        try:
            while not decoder.eof:
                output = decoder.decompress(piece, most)
                piece = decoder.unconsumed_tail
                made += output
                if not output and not piece:
                    break
        except zlib.error:
            return bytes(made), "damaged", b""
        if decoder.eof:
            return bytes(made), "ended", decoder.unused_data + data[start + step :]
    return bytes(made), "wants more", b""


def as_go_does(data: bytes) -> tuple[bytes, str]:
    """What Go makes of a stream, and whether it says that all is well."""
    made = bytearray()
    try:
        for piece in inflate(Input(io.BytesIO(data))):
            made += piece
    except Error:
        return bytes(made), "refused"
    return bytes(made), "ended"


@given(
    data=contents,
    level=st.integers(0, 9),
    strategy=st.sampled_from((zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY)),
    step=st.sampled_from((7, 1000, 1 << 16, 1 << 20)),
    most=st.sampled_from((1, 300, 1 << 18)),
)
def test_gives_back_what_zlib_deflated(module, data, level, strategy, step, most):
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    stream = compressor.compress(data) + compressor.flush()
    if most == 1:
        data, stream = data[:300], zlib.compress(data[:300], level)[2:-4]
    assert decode(module, stream + b"behind it", step, most) == (data, "ended", b"behind it")


def test_a_stream_cut_anywhere_wants_more_and_gives_no_byte_that_is_wrong(module):
    data = text(700) + noise(50) + zeros(3000)
    stream = zlib.compress(data, 6)[2:-4]
    for cut in range(len(stream)):
        made, outcome, _ = decode(module, stream[:cut], 1 << 16)
        assert outcome == "wants more"
        assert data.startswith(made)
        assert decode(module, stream[:cut], 1) == (made, outcome, b"")


@given(seed=seeds, step=st.sampled_from((1, 3, 50, 1 << 16)))
def test_odd_streams_end_where_go_ends_them(module, seed, step):
    stream = deflate_stream(random.Random(seed))
    _compare(module, stream, step)


@given(seed=seeds, data=contents, step=st.sampled_from((5, 1 << 16)))
def test_damaged_streams_end_where_go_ends_them(module, seed, data, step):
    stream = damage(random.Random(seed), zlib.compress(data[:20_000], seed % 10)[2:-4])
    _compare(module, stream, step)


def _compare(module, stream: bytes, step: int) -> None:
    made, outcome, _ = decode(module, stream, step)
    expected, ending = as_go_does(stream)
    if ending == "ended":
        assert (made, outcome) == (expected, "ended")
    else:
        assert outcome != "ended"
        assert made.startswith(expected[: len(made)])
