# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.21 to 1.26 find matches at BestSpeed (compress/flate's deflatefast.go).

A hash table of 4-byte sequences, whose slots remember the last place each; no lazy matching, and
ever longer steps where nothing is found.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, MAX_MATCH, MIN_MATCH, Tokens
from pyggcr._gostd.gzip.window import Window, match_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

__all__ = ["Search"]

_TABLE_BITS = 14
_TABLE_MASK = (1 << _TABLE_BITS) - 1
_HASH_FACTOR = 0x1E35A7BD
_HASH_SHIFT = 32 - _TABLE_BITS
_NOWHERE = -(1 << 20)  # the place in an empty slot: further away than any match
_HASHED = 4
_INPUT_MARGIN = 15
# 32 single steps, then every second place 16 times, and so on: step = skip >> 5.
_SINGLE_STEPS = 32
_SKIP_SHIFT = 5


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self) -> None:
        self._window = Window(_HASHED)
        self._table = [_NOWHERE] * (1 << _TABLE_BITS)

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches (``deflateFast.encode``)."""
        window = self._window
        shift = window.append(block)
        if shift:
            self._table = [place - shift for place in self._table]
        data, numbers, table = window.data, window.numbers, self._table
        end = len(data)
        limit = end - _INPUT_MARGIN
        runs: list[bytes] = []
        lengths: list[int] = []
        offsets: list[int] = []
        emitted = window.start
        at, place = _first_match(numbers, table, emitted, limit)
        while at < limit:
            runs.append(data[emitted:at])
            difference = numbers[at + _HASHED] ^ numbers[place + _HASHED]
            if difference:
                emitted = at + _HASHED + (((difference & -difference).bit_length() - 1) >> 3)
            else:
                known = 2 * _HASHED
                emitted = match_end(data, at + known, place + known, min(at + MAX_MATCH, end))
            lengths.append(emitted - at - MIN_MATCH)
            offsets.append(at - place - 1)
            if emitted >= limit:
                break
            at = emitted
            table[numbers[at - 1] * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK] = at - 1
            number = numbers[at]
            slot = number * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK
            place = table[slot]
            table[slot] = at
            if at - place > MAX_DISTANCE or number != numbers[place]:
                at, place = _first_match(numbers, table, at + 1, limit)
        runs.append(data[emitted:])
        return Tokens(runs, lengths, offsets)


def _first_match(numbers: array[int], table: list[int], start: int, limit: int) -> tuple[int, int]:
    """The first place from ``start`` on that matches an earlier one, and that; or the limit."""
    for at in range(start, min(start + _SINGLE_STEPS, limit)):
        number = numbers[at]
        slot = number * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK
        place = table[slot]
        table[slot] = at
        if at - place <= MAX_DISTANCE and numbers[place] == number:
            return at, place
    skip = 2 * _SINGLE_STEPS
    at = start + _SINGLE_STEPS
    while True:
        step = skip >> _SKIP_SHIFT
        if at + step > limit:
            return limit, _NOWHERE
        number = numbers[at]
        slot = number * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK
        place = table[slot]
        table[slot] = at
        if at - place <= MAX_DISTANCE and numbers[place] == number:
            return at, place
        skip += step
        at += step
