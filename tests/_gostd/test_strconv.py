"""Strings are quoted as Go quotes them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr._gostd.strconv import quote, unquote
from pyggcr.errors import Error


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('a"b\\', '"a\\"b\\\\"'),
        ("\a\b\f\n\r\t\v\x00\x7f", '"\\a\\b\\f\\n\\r\\t\\v\\x00\\x7f"'),
        ("é\u00ad\u2028\U0001f600\U000e0001", '"é\\u00ad\\u2028\U0001f600\\U000e0001"'),
        ("\udcff\ufffd", '"\\xff\ufffd"'),
    ],
)
def test_quote(text, quoted):
    assert quote(text) == quoted


@given(data=st.binary(max_size=30))
def test_quote_equals_the_go_engine(go_engine, data):
    from pyggcr._go import gostd

    text = data.decode("utf-8", "surrogateescape")
    assert quote(text).encode() == gostd.call("quote", data)


def test_every_code_point_is_quoted_as_the_go_engine_does(go_engine):
    from pyggcr._go import gostd

    for start in range(0, 0x110000, 0x8000):
        text = "".join(chr(c) for c in range(start, start + 0x8000) if not 0xD800 <= c < 0xE000)
        ours = hashlib.sha256(quote(text).encode()).digest()
        assert ours == hashlib.sha256(gostd.call("quote", text.encode())).digest()


@pytest.mark.parametrize("text", ["", 'a "b"\n', "\x00\x7f\u2028\U0001f600", "\udc80é\udcff", "\\"])
def test_unquote_undoes_quote(text):
    assert unquote(quote(text)) == text


def test_unquote_takes_every_escape_and_raw_strings():
    assert unquote(r'"\x41\101\u0042\U00000043\xc3\xa9\xff"') == "AABCé\udcff"
    assert unquote("`a\\n\r`") == "a\\n"


@pytest.mark.parametrize(
    "text", ["", '"', "a", '"a', '"a"b"', r'"\q"', r'"\400"', r'"\ud800"', "'a'"]
)
def test_unquote_refuses_what_is_no_literal(text):
    with pytest.raises(Error, match="^invalid syntax$"):
        unquote(text)
