# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""JSON strings: the unquoting of Go's decode.go and the quoting of encode.go.

What is not UTF-8, and halves of surrogate pairs, become U+FFFD on the way in and ``\\ufffd`` on
the way out. Names of fields are folded here too (fold.go). Syntax is the scanner's business.
"""

from __future__ import annotations

import re

from pyggcr._gostd.strconv import normalize

__all__ = ["fold", "quote", "unquote"]

_REPLACEMENT = "\ufffd"
# Not compiled here: few documents have such text, and re remembers what it has compiled.
_ESCAPED_BYTE = "[\udc80-\udcff]"
# A pair of surrogates is one character; whatever else begins with \u stands alone.
_ESCAPE = (
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)"
)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# As json.Marshal does, escape what HTML or JavaScript might take for its own.
_UNSAFE = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]')
_SHORT_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
# Outside of ASCII only these two have an ASCII letter among the code points they fold to.
_FOLDED = str.maketrans(
    {"\u017f": "S", "\u212a": "K"} | {chr(c): chr(c - 32) for c in range(97, 123)}
)


def unquote(literal: bytes) -> str:
    """The text of a JSON string that the scanner has accepted (``unquote`` of decode.go)."""
    text = literal[1:-1].decode("utf-8", "surrogateescape")
    if not text.isascii():
        text = re.sub(_ESCAPED_BYTE, _REPLACEMENT, text)
    if "\\" in text:
        text = re.sub(_ESCAPE, _unescape, text)
    return text


def _unescape(match: re.Match[str]) -> str:
    high, low, single, short = match.groups()
    if short is not None:
        return _SHORT.get(short, short)
    if single is not None:
        code = int(single, 16)
        return _REPLACEMENT if 0xD800 <= code <= 0xDFFF else chr(code)
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)


def quote(text: str) -> str:
    """The text as ``json.Marshal`` writes it (``appendString`` of encode.go)."""
    if not _UNSAFE.search(text):
        return f'"{text}"'
    return '"' + _UNSAFE.sub(_escape, normalize(text)) + '"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    short = _SHORT_ESCAPES.get(char)
    if short is not None:
        return short
    code = ord(char)
    return "\\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


def fold(name: str) -> str:
    """The form in which names that differ only in case are equal (``foldName``).

    Exact for comparing with an ASCII name, which is what fields have.
    """
    return name.translate(_FOLDED)
