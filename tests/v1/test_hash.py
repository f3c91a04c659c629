"""Hashes are parsed, refused and computed as v1.Hash does it."""

from __future__ import annotations

import hashlib
import io
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr import errors, v1

A = "sha256:" + "a" * 64


@pytest.mark.parametrize("text", [A, "sha512:" + "0" * 128])
def test_a_hash_is_its_text(text):
    assert str(v1.new_hash(text)) == text


@pytest.mark.parametrize("text", [A, "sha512:" + "0" * 128])
def test_a_hash_is_equal_to_its_text_wherever_it_is_looked_up(text):
    digest = v1.new_hash(text)
    assert digest == text
    assert text == digest
    assert digest in {text, A + A}
    assert {digest: 1}[text] == 1
    assert digest != text.upper()
    assert digest != text.encode()
    assert v1.Hash("a", "b") != v1.Hash("b", "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'cannot parse hash: ""'),
        ("sha256", 'cannot parse hash: "sha256"'),
        (":a", 'cannot parse hash: ":a"'),
        ("sha256:", 'cannot parse hash: "sha256:"'),
        ("a\n", 'cannot parse hash: "a\\n"'),
        ("sha256:A", "found non-hex character in hash: A"),
        ("sha256:é", "found non-hex character in hash: Ã"),
        ("md5:ab", 'unsupported hash: "md5"'),
        ("sha256:ab", "wrong number of hex digits for sha256: ab"),
    ],
)
def test_what_is_no_hash(text, message):
    with pytest.raises(errors.InvalidHashError) as caught:
        v1.new_hash(text)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)


@given(
    data=st.one_of(
        st.binary(max_size=20),
        st.sampled_from((A, A[:-1], "sha512:" + "0" * 128, "sha384:" + "0" * 96)).map(str.encode),
        st.tuples(st.sampled_from((b"sha256", b"sha512", b"")), st.binary(max_size=70)).map(
            b":".join
        ),
    )
)
def test_parsing_equals_the_go_engine(go_engine, data):
    from pyggcr._go import gostd

    def outcome(parse):
        try:
            return parse()
        except errors.Error as error:
            return type(error), str(error)

    text = data.decode("utf-8", "surrogateescape")
    ours = outcome(lambda: str(v1.new_hash(text)).encode("utf-8", "surrogateescape"))
    assert ours == outcome(lambda: gostd.call("hash", data))


def test_hashes_are_values():
    assert len({v1.new_hash(A), v1.Hash("sha256", "a" * 64)}) == 1
    assert pickle.loads(pickle.dumps(v1.new_hash(A))) == v1.new_hash(A)
    assert v1.to_hash(A) == v1.to_hash(v1.new_hash(A))


def test_sha256_of_a_stream():
    digest, size = v1.sha256(io.BytesIO(b"hello"))
    assert size == 5
    assert digest.hex.startswith("2cf24dba5fb0a30e")


@pytest.mark.parametrize("start", [0, 3, 1 << 20, 2_500_000, 2_500_001])
def test_sha256_of_the_rest_of_a_stream_in_memory(start):
    data = random.Random(1).randbytes(2_500_000)
    shared, written, other = io.BytesIO(data), io.BytesIO(), io.BufferedReader(io.BytesIO(data))
    written.write(data)
    expected = hashlib.sha256(data[start:]).hexdigest(), len(data[start:])
    for stream in (shared, written, other):
        stream.seek(start)
        digest, size = v1.sha256(stream)
        assert (digest.hex, size) == expected
        assert (stream.tell(), stream.read()) == (max(start, len(data)), b"")
    shared.write(b"more")
    assert shared.getvalue()[:1000] == data[:1000]


def test_only_two_algorithms_are_known():
    assert v1.hasher("sha512").digest_size == 64
    with pytest.raises(errors.InvalidHashError, match='unsupported hash: "sha384"'):
        v1.hasher("sha384")
