"""Damaged gzip gives the bytes that Go delivers, then Go's error; by the exact decoder too."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deflate_inputs import damage, odd_member
from support.gzip_inputs import mixed, noise, text, zeros

from pyggcr import limits
from pyggcr._gostd.gzip import Compressor, Reader
from pyggcr._gostd.gzip.inflate import inflate
from pyggcr._gostd.gzip.source import Input
from pyggcr.errors import CancelledError, CompressionError, Error, TruncatedError

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "gzip" / "damaged.json").read_text())

seeds = st.integers(0, 2**32)
contents = st.builds(
    lambda make, size: make(size),
    st.sampled_from((mixed, noise, text, zeros)),
    st.integers(0, 90_000),
)


def deflate(data: bytes, level: int = 6, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> bytes:
    """The data, deflated by zlib."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return compressor.compress(data) + compressor.flush()


def read(data: bytes, step: int = 1 << 16) -> tuple[bytes, str]:
    """What is delivered of a gzip stream, and the text of the error."""
    delivered = b""
    try:
        with Reader(io.BytesIO(data), reopen=lambda: io.BytesIO(data)) as reader:
            while piece := reader.read(step):
                delivered += piece
    except Error as error:
        return delivered, str(error)
    return delivered, ""


@pytest.mark.parametrize("step", [1, 1 << 16])
def test_delivers_and_says_what_go_was_recorded_to(step):
    wrong = []
    for number, row in enumerate(RECORDED):
        delivered, error = read(base64.b64decode(row["gzip"]), step)
        digest = hashlib.sha256(delivered).hexdigest()
        if (len(delivered), digest, error) != (row["size"], row["sha256"], row["error"]):
            wrong.append(number)
    assert wrong == []


@given(seed=seeds)
def test_says_of_odd_streams_what_the_go_engine_says(go_engine, seed):
    from pyggcr._go import gostd

    data = odd_member(random.Random(seed))
    try:
        expected = gostd.call("gunzip", data), ""
    except Error as error:
        expected = None, str(error)
    delivered, error = read(data)
    assert (None if error else delivered, error) == expected


@given(
    data=contents,
    level=st.integers(0, 9),
    strategy=st.sampled_from((zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY)),
)
def test_the_exact_decoder_gives_the_content_too(data, level, strategy):
    source = Input(io.BytesIO(deflate(data, level, strategy) + b"what follows"))
    assert b"".join(inflate(source)) == data
    assert source.exactly(12) == b"what follows"


@given(data=contents, seed=seeds)
def test_the_exact_decoder_does_not_depend_on_how_the_input_comes(data, seed):
    rng = random.Random(seed)
    broken = damage(rng, deflate(data))

    class Dripping(io.BytesIO):
        def read(self, size=-1):
            return super().read(rng.choice((1, 2, 17, 1000)))

    assert _exactly(Dripping(broken)) == _exactly(io.BytesIO(broken))


def _exactly(stream: io.BytesIO) -> tuple[bytes, str]:
    delivered = b""
    try:
        for piece in inflate(Input(stream)):
            delivered += piece
    except (CompressionError, TruncatedError) as error:
        return delivered, str(error)
    return delivered, ""


def test_damage_in_a_later_member_is_told_by_that_members_offset():
    first = _gzip(text(200_000))
    second = bytearray(_gzip(noise(1000)))
    second[10] |= 0b110  # the reserved kind of block
    delivered, error = read(first + bytes(second))
    assert delivered == text(200_000)
    assert error == "flate: corrupt input before offset 1"


def test_an_error_of_the_source_is_raised_behind_what_it_gave():
    whole = _gzip(noise(400_000))

    class Failing(io.BytesIO):
        def read(self, size=-1):
            piece = super().read(size)
            if not piece:
                raise OSError("the disk is gone")
            return piece

    reader = Reader(Failing(whole[:300_000]), reopen=lambda: Failing(whole[:300_000]))
    delivered = b""
    with pytest.raises(OSError, match="the disk is gone"):
        while piece := reader.read(1 << 16):
            delivered += piece
    assert len(delivered) > 200_000
    assert noise(400_000).startswith(delivered)
    reader.close()


def test_reading_can_be_cancelled():
    token = limits.CancelToken()
    with limits.limit(cancel=token), Reader(io.BytesIO(_gzip(zeros(3_000_000)))) as reader:
        reader.read(1)
        token.cancel()
        with pytest.raises(CancelledError, match="^context canceled$"):
            reader.readall()


def test_an_error_stays():
    reader = Reader(io.BytesIO(_gzip(b"data")[:-1]))
    assert reader.read(4) == b"data"
    for _ in range(2):
        with pytest.raises(TruncatedError, match="^unexpected EOF$"):
            reader.read(1)
    reader.close()


def test_closing_a_reader_closes_what_it_opened():
    opened = []

    def reopen() -> io.BytesIO:
        opened.append(io.BytesIO(broken))
        return opened[-1]

    broken = damage(random.Random(1), _gzip(text(3000)))
    with Reader(reopen(), reopen=reopen) as reader, pytest.raises(Error):
        reader.read()
    assert len(opened) == 2
    assert all(stream.closed for stream in opened)


def _gzip(data: bytes) -> bytes:
    compressor = Compressor("go1.26")
    return compressor.compress(data) + compressor.flush()
