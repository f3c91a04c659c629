"""``json.Unmarshal``: the data is one value and nothing else. Texts were taken from Go 1.26."""

from __future__ import annotations

import pytest

from pyggcr._gostd import json
from pyggcr.errors import JSONError

INTEGERS = json.Slice(json.Integer("int"))


@pytest.mark.parametrize("data", [b"[1,2]", b" [1,2]\r\n\t"])
def test_a_value(data):
    assert json.unmarshal(data, INTEGERS) == [1, 2]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"[1]x", "invalid character 'x' after top-level value"),
        (b"[1] [2]", "invalid character '[' after top-level value"),
        (b"x", "invalid character 'x' looking for beginning of value"),
        (b'["a"]', "json: cannot unmarshal string into Go value of type int"),
    ],
)
def test_what_is_not_one(data, text):
    with pytest.raises(JSONError) as raised:
        json.unmarshal(data, INTEGERS)
    assert str(raised.value) == text


@pytest.mark.parametrize("data", [b"", b" ", b"[", b"[1", b"[1,", b'{"a"', b'{"a":', b'"a'])
def test_what_is_not_complete(data):
    with pytest.raises(JSONError, match="^unexpected end of JSON input$"):
        json.unmarshal(data, INTEGERS)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"nul", "invalid character ' ' in literal null (expecting 'l')"),
        (b"[-", "invalid character ' ' in numeric literal"),
        (b"[1.", "invalid character ' ' after decimal point in numeric literal"),
        (b'["\\', "invalid character ' ' in string escape code"),
        (b'["\\u2', "invalid character ' ' in \\u hexadecimal character escape"),
    ],
)
def test_what_ends_where_no_space_may_stand(data, text):
    with pytest.raises(JSONError) as raised:
        json.unmarshal(data, INTEGERS)
    assert str(raised.value) == text
