# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Go's ``strconv.Quote``, which is also what ``%q`` prints, and ``Unquote``; integers; white space.

Strings are Go's: UTF-8 decoded with ``surrogateescape``, so that a byte that is not UTF-8 is one
surrogate of U+DC80 to U+DCFF and is quoted as ``\\xNN``. The table of printable code points is
in ``isprint``.
"""

from __future__ import annotations

import functools
import re
import sys

from pyggcr._gostd.isprint import unprintable_ranges
from pyggcr.errors import Error

__all__ = ["normalize", "parse_int", "parse_uint", "quote", "trim_space", "unquote"]

# Not compiled here: most commands quote nothing, and re remembers what it has compiled.
_PLAIN = r"[ !#-\[\]-~]*"
_SURROGATE = "[\ud800-\udfff]"
# unicode.IsSpace; Python's own strip takes more.
_SPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_SHORT_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_ESCAPE = r"\\(?:[abfnrtv\\\"]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3})"
_LITERAL = rf'"(?:[^"\\\n]|{_ESCAPE})*"'
# Digits of a number of 64 bits; Python refuses to convert very many.
_MOST_DIGITS = 20


def parse_int(text: str) -> int:
    """A decimal integer of 64 bits (``strconv.ParseInt(text, 10, 64)``).

    >>> parse_int("-07")
    -7

    Raises:
        Error: it is none, or too large.
    """
    sign = -1 if text.startswith("-") else 1
    digits = text[1:] if text.startswith(("-", "+")) else text
    value = sign * _digits("ParseInt", text, digits)
    return _in_range("ParseInt", text, value, -(1 << 63), (1 << 63) - 1)


def parse_uint(text: str) -> int:
    """The same without a sign (``strconv.ParseUint(text, 10, 64)``).

    Raises:
        Error: it is none, or too large.
    """
    return _in_range("ParseUint", text, _digits("ParseUint", text, text), 0, (1 << 64) - 1)


def _digits(function: str, text: str, digits: str) -> int:
    if not re.fullmatch("[0-9]+", digits):
        raise Error(f"strconv.{function}: parsing {quote(text)}: invalid syntax")
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _MOST_DIGITS else 1 << 70


def _in_range(function: str, text: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise Error(f"strconv.{function}: parsing {quote(text)}: value out of range")
    return value


def quote(text: str) -> str:
    r"""The string as a Go literal in double quotes (``strconv.Quote``).

    >>> print(quote('a "b"\n'))
    "a \"b\"\n"
    """
    if re.fullmatch(_PLAIN, text):
        return f'"{text}"'
    return '"' + _special().sub(_escape, normalize(text)) + '"'


def unquote(literal: str) -> str:
    r"""The string that a Go literal in double or back quotes stands for (``strconv.Unquote``).

    >>> unquote(r'"a \"b\"\x41"')
    'a "b"A'

    Raises:
        Error: it is none.
    """
    if len(literal) > 1 and literal[0] == literal[-1] == "`" and "`" not in literal[1:-1]:
        return literal[1:-1].replace("\r", "")
    if not re.fullmatch(_LITERAL, literal):
        raise Error("invalid syntax")
    # Escapes of bytes may together be UTF-8.
    return normalize(re.sub(_ESCAPE, _unescape, literal[1:-1]))


def _unescape(match: re.Match[str]) -> str:
    escape = match[0]
    for char, short in _SHORT_ESCAPES.items():
        if escape == short:
            return char
    kind, digits = escape[1], escape[2:]
    if kind in "uU":
        point = int(digits, 16)
        if point > sys.maxunicode or 0xD800 <= point < 0xE000:
            raise Error("invalid syntax")
        return chr(point)
    byte = int(digits, 16) if kind == "x" else int(escape[1:], 8)
    if byte > 0xFF:
        raise Error("invalid syntax")
    return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)


def normalize(text: str) -> str:
    """The same bytes in the one form that decoding them gives.

    Joined strings can hold escaped bytes that together are valid UTF-8. Surrogates that stand
    for no byte, which no Go string holds, become the three bytes of their UTF-8-like form.
    """
    if not re.search(_SURROGATE, text):
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "surrogateescape")


def trim_space(text: str) -> str:
    """The text without white space around it (``strings.TrimSpace``)."""
    return text.strip(_SPACE)


@functools.cache
def _special() -> re.Pattern[str]:
    ranges = "".join(f"{chr(low)}-{chr(high)}" for low, high in unprintable_ranges())
    return re.compile(f'["\\\\{ranges}]')


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    short = _SHORT_ESCAPES.get(char)
    if short is not None:
        return short
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
