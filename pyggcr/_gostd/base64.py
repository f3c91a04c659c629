# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Go's ``base64.StdEncoding`` and ``RawStdEncoding``: Go's leniency and errors, and encoding.

Line breaks are ignored wherever they stand and unused bits of the last digit may be anything;
everything else is refused with the offset that Go reports.
"""

from __future__ import annotations

import binascii
import re

from pyggcr.errors import JSONError

__all__ = ["decode", "decode_raw", "encode"]

# Not compiled here: base64 is rare, and re remembers what it has compiled.
_DIGITS = rb"[A-Za-z0-9+/\r\n]*"
_LINE_BREAKS = rb"[\r\n]*"
_PADDING = ord("=")


def encode(data: bytes) -> str:
    """Base64 with padding and without line breaks (``EncodeToString``)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode(text: bytes) -> bytes:
    """The bytes that the text stands for (``StdEncoding.Decode``).

    Raises:
        JSONError: ``illegal base64 data at input byte N``; only JSON holds base64 here.
    """
    offset = _fault(text)
    if offset is not None:
        raise _error(offset)
    return binascii.a2b_base64(text.translate(None, b"\r\n"))


def decode_raw(text: bytes) -> bytes:
    """The bytes that a text without padding stands for (``RawStdEncoding.Decode``).

    Raises:
        JSONError: ``illegal base64 data at input byte N``.
    """
    end = _match_end(_DIGITS, text, 0)
    digits = text[:end].translate(None, b"\r\n")
    in_quantum = len(digits) % 4
    if end < len(text):
        raise _error(end)
    if in_quantum == 1:
        raise _error(end - 1)
    return binascii.a2b_base64(digits + b"=" * (-in_quantum % 4))


def _error(offset: int) -> JSONError:
    return JSONError(f"illegal base64 data at input byte {offset}")


def _fault(text: bytes) -> int | None:
    """The offset that ``CorruptInputError`` names, or None; follows ``decodeQuantum``."""
    end = _match_end(_DIGITS, text, 0)
    digits = len(text[:end].translate(None, b"\r\n"))
    in_quantum = digits % 4
    if end == len(text):
        return None if in_quantum == 0 else end - in_quantum
    if text[end] != _PADDING or in_quantum < 2:
        return end
    after = _match_end(_LINE_BREAKS, text, end + 1)
    if in_quantum == 2:
        if after == len(text):
            return after
        if text[after] != _PADDING:
            return after - 1
        after = _match_end(_LINE_BREAKS, text, after + 1)
    return None if after == len(text) else after


def _match_end(pattern: bytes, text: bytes, start: int) -> int:
    match = re.compile(pattern).match(text, start)
    return match.end() if match else start
