"""Reading gzip gives what Go's reader gives: content, and errors about damage."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.gzip_inputs import mixed, text

from pyggcr._gostd.gzip import Reader
from pyggcr.errors import CompressionError, Error, TruncatedError

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Raw(io.RawIOBase):
    """Bytes as a raw stream."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._data.readinto(buffer)


def gunzip(data: bytes) -> bytes:
    """All of the content."""
    with Reader(Raw(data), reopen=lambda: Raw(data)) as reader:
        return reader.read()


def outcome(read, data: bytes) -> object:
    """The content, or what went wrong."""
    try:
        return read(data)
    except Error as error:
        return type(error).__name__, str(error)


def member(deflated: bytes, content: bytes) -> bytes:
    """A gzip member around deflated data."""
    trailer = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
    return HEADER + deflated + trailer


contents = st.one_of(
    st.binary(max_size=400),
    st.integers(0, 90_000).map(mixed),
    st.integers(0, 3000).map(text),
)
streams = st.builds(
    lambda data, level, strategy: _zlib(data, level, strategy),
    contents,
    st.integers(0, 9),
    st.sampled_from((zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE)),
)


def _zlib(data: bytes, level: int, strategy: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, 31, 9, strategy)
    return compressor.compress(data) + compressor.flush()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A gzip stream that something happened to; or noise where deflated data should be."""
    if draw(st.integers(0, 4)) == 0:
        return HEADER + draw(st.binary(min_size=1, max_size=120))
    data = bytearray(draw(streams))
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(data) - 1))
        kind = draw(st.sampled_from(("flip", "cut", "insert", "append", "header")))
        if kind == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut" and at:
            del data[at:]
        elif kind == "insert":
            data[at:at] = draw(st.binary(max_size=4))
        elif kind == "append":
            data += draw(st.one_of(st.binary(max_size=20), streams))
        elif len(data) > 3:
            data[3] = draw(st.integers(0, 31))
    return bytes(data)


@given(data=streams)
def test_gives_the_content(data):
    assert gunzip(data) == zlib.decompress(data, 31)


@given(data=damaged())
def test_says_of_damage_what_the_go_engine_says(go_engine, data):
    from pyggcr._go import gostd

    assert outcome(gunzip, data) == outcome(lambda it: gostd.call("gunzip", it), data)


@pytest.mark.parametrize("size", [262_143, 262_144, 262_145, 3_000_000])
def test_gives_content_that_is_larger_than_a_piece(size):
    assert gunzip(gzip.compress(bytes(size))) == bytes(size)


@given(data=streams, cut=st.integers(1, 12))
def test_delivers_only_true_content_before_a_sudden_end(data, cut):
    delivered = b""
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        reader = Reader(Raw(data[:-cut]), reopen=lambda: Raw(data[:-cut]))
        while piece := reader.read(1000):
            delivered += piece
    assert zlib.decompress(data, 31).startswith(delivered)


def test_members_follow_each_other():
    assert gunzip(gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"


def test_no_data_is_the_end_of_file():
    with pytest.raises(TruncatedError, match="^EOF$"):
        Reader(Raw(b""))


@pytest.mark.parametrize("size", [1, 9])
def test_part_of_a_header_is_an_unexpected_end(size):
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        Reader(Raw(HEADER[:size]))


def test_anything_else_has_an_invalid_header():
    with pytest.raises(CompressionError, match="^gzip: invalid header$"):
        Reader(Raw(b"no gzip at all"))


def test_what_follows_the_last_member_is_an_invalid_header():
    with pytest.raises(CompressionError, match="^gzip: invalid header$"):
        gunzip(gzip.compress(b"data") + bytes(10))


def test_a_wrong_checksum_is_found_behind_the_content():
    data = bytearray(gzip.compress(b"data"))
    data[-8] ^= 1
    reader = Reader(Raw(bytes(data)))
    assert reader.read(4) == b"data"
    with pytest.raises(CompressionError, match="^gzip: invalid checksum$"):
        reader.read(1)
    reader.close()


def test_a_block_without_an_end_code_is_read_as_go_reads_it():
    """zlib refuses such a table; Go reads on until it meets a code that is not there."""
    # A dynamic block of 257 literal codes, of which 0 and 1 have one bit each, and one distance,
    # which has none.
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)
    lengths = {18: 2, 0: 2, 1: 1}
    bits = "001" + "00000" + "00000" + format(len(order) - 4, "04b")[::-1]
    bits += "".join(format(lengths.get(symbol, 0), "03b")[::-1] for symbol in order)
    one, zero, many = "0", "10", "11"
    bits += one + one + many + format(127, "07b")[::-1] + many + format(106, "07b")[::-1] + zero
    bits += "01" * 20
    bits += "0" * (-len(bits) % 8)
    data = HEADER + int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    reader = Reader(Raw(data), reopen=lambda: Raw(data))
    assert reader.read(4) == bytes((0, 1, 0, 1))
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        while reader.read(100):
            continue
    reader.close()


def test_damage_without_a_second_look_is_still_damage():
    data = bytearray(gzip.compress(text(5000)))
    data[10] = 0xFF
    reader = Reader(Raw(bytes(data)))
    with pytest.raises(CompressionError, match=r"^flate: corrupt input before offset \d+$"):
        reader.read()
    reader.close()


def test_content_before_the_damage_is_delivered():
    good = text(40_000)
    deflated = zlib.compressobj(6, zlib.DEFLATED, -15)
    start = deflated.compress(good) + deflated.flush(zlib.Z_FULL_FLUSH)
    data = HEADER + start + b"\xff\xff\xff"
    reader = Reader(Raw(data), reopen=lambda: Raw(data))
    delivered = b""
    with pytest.raises(CompressionError, match=f"before offset {len(start) + 1}$"):
        while piece := reader.read(1000):
            delivered += piece
    assert delivered == good
    reader.close()


MANY = 3_000


@pytest.mark.parametrize("content", [b"", b"abc", bytes(70_000)], ids=["empty", "small", "zeros"])
def test_very_many_members_are_read(content):
    member = gzip.compress(content, mtime=0)
    large = os.urandom(300_000)
    blob = member * MANY + gzip.compress(large, mtime=0) + member

    with Reader(Raw(blob)) as stream:
        digest = hashlib.sha256()
        while piece := stream.read(1 << 20):
            digest.update(piece)

    assert digest.digest() == hashlib.sha256(content * MANY + large + content).digest()


@pytest.mark.parametrize("cut", [1, 5, 9, 12, 20])
def test_small_members_behind_good_ones_end_too_early(cut):
    blob = gzip.compress(b"abc", mtime=0) * 3
    with pytest.raises(TruncatedError, match="^unexpected EOF$"):
        gunzip(blob[:-cut])


def test_a_small_member_behind_good_ones_is_damaged():
    good = gzip.compress(b"abc", mtime=0)
    blob = good * 3 + good[:10] + b"\xff" + good[11:]
    with pytest.raises(CompressionError, match="^flate: corrupt input before offset 1$"):
        gunzip(blob)
