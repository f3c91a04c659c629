# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Documents with line ends and spaces: ``json.Indent``."""

from __future__ import annotations

import re

__all__ = ["indent"]

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^{}\[\],:"\s]+')
_OPEN, _CLOSE = (b"{", b"["), (b"}", b"]")


def indent(document: bytes, step: bytes) -> bytes:
    """A valid document, each element on a line of its own (``json.Indent`` without a prefix).

    >>> print(indent(b'{"a":[1,{}],"b":"x"}', b"  ").decode())
    {
      "a": [
        1,
        {}
      ],
      "b": "x"
    }
    """
    written: list[bytes] = []
    depth = 0
    opened = False  # a bracket, behind which the line ends unless it closes at once
    for token in _TOKEN.findall(document):
        if token in _CLOSE:
            depth -= 1
            if not opened:
                written.append(b"\n" + step * depth)
        elif opened:
            written.append(b"\n" + step * depth)
        opened = token in _OPEN
        written.append(token)
        if opened:
            depth += 1
        elif token == b",":
            written.append(b"\n" + step * depth)
        elif token == b":":
            written.append(b" ")
    return b"".join(written)
