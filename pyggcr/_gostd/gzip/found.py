# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The matches that a finder of Go 1.27 has found in a block (compress/flate's token.go).

They may begin before the place where they were found, and may be of any length; long ones are cut
when they become tokens.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.tokens import MAX_MATCH, MIN_MATCH, Tokens

__all__ = ["Found"]


class Found:
    """Matches so far; ``emitted`` is where the last one ends."""

    __slots__ = ("_data", "_lengths", "_offsets", "_runs", "emitted")

    def __init__(self, data: bytes, start: int) -> None:
        """Begin a block that is in ``data`` from ``start`` on."""
        self._data = data
        self._runs: list[bytes] = []
        self._lengths: list[int] = []
        self._offsets: list[int] = []
        self.emitted = start

    def add(self, at: int, earlier: int, end: int) -> int:
        """Take a match up to ``end``, after extending it backwards; its length then."""
        data, emitted = self._data, self.emitted
        while at > emitted and earlier > 0 and data[earlier - 1] == data[at - 1]:
            at -= 1
            earlier -= 1
        self._runs.append(data[emitted:at])
        self._offsets.append(at - earlier - 1)
        length = end - at
        if length > MAX_MATCH:
            self._cut(length, at - earlier - 1)
        else:
            self._lengths.append(length - MIN_MATCH)
        self.emitted = end
        return length

    def _cut(self, length: int, offset: int) -> None:
        """Split into tokens, none of them too short to be a match (``AddMatchLong``)."""
        whole, rest = divmod(length, MAX_MATCH)
        pieces = [MAX_MATCH] * whole
        if 0 < rest <= MIN_MATCH:
            pieces[-1] -= MIN_MATCH
            rest += MIN_MATCH
        if rest:
            pieces.append(rest)
        self._lengths += [piece - MIN_MATCH for piece in pieces]
        self._offsets += [offset] * (len(pieces) - 1)
        self._runs += [b""] * (len(pieces) - 1)

    def tokens(self) -> Tokens:
        """The block, with the literals after the last match."""
        self._runs.append(self._data[self.emitted :])
        return Tokens(self._runs, self._lengths, self._offsets)
