# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 finds matches at BestSpeed (compress/flate's level1.go).

A hash table of 5-byte sequences, of which four are compared; every second place is looked at.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.found import Found
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE
from pyggcr._gostd.gzip.window import Window, match_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array

    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["Search"]

_TABLE_BITS = 15
_TABLE_MASK = (1 << _TABLE_BITS) - 1
_HASHED = 5
_HASH_FACTOR = 889_523_592_379  # prime5bytes
_HASH_SHIFT = 8 * _HASHED - _TABLE_BITS
_COMPARED = 4
_COMPARED_MASK = (1 << 8 * _COMPARED) - 1
_NOWHERE = -(1 << 20)  # the place in an empty slot: further away than any match
_INPUT_MARGIN = 11
_STEP = 2
_SKIP_SHIFT = 5


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self) -> None:
        self._window = Window(_HASHED)
        self._table = [_NOWHERE] * (1 << _TABLE_BITS)

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches (``fastEncL1.encode``)."""
        window = self._window
        shift = window.append(block)
        if shift:
            self._table = [place - shift for place in self._table]
        data, numbers, table = window.data, window.numbers, self._table
        end = len(data)
        limit = end - _INPUT_MARGIN
        found = Found(data, window.start)
        at, place, following = _first_match(numbers, table, window.start, window.start, limit)
        while place >= 0:
            length = found.add(at, place, _end_of_match(data, numbers, at, place))
            at = max(found.emitted, following + 1)
            if at >= limit:
                if at + length + 8 < end:
                    table[numbers[at] * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK] = at
                break
            table[numbers[at - 2] * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK] = at - 2
            number = numbers[at]
            slot = number * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK
            place = table[slot]
            table[slot] = at
            if at - place > MAX_DISTANCE or (number ^ numbers[place]) & _COMPARED_MASK:
                at, place, following = _first_match(numbers, table, at + 1, found.emitted, limit)
        return found.tokens()


def _first_match(
    numbers: array[int], table: list[int], at: int, emitted: int, limit: int
) -> tuple[int, int, int]:
    """The first place that matches an earlier one, that one, and the place to be looked at next.

    If there is none, the earlier place is negative. ``emitted`` is where the last match ended.
    """
    while True:
        following = at + _STEP + (at - emitted >> _SKIP_SHIFT)
        if following > limit:
            return at, _NOWHERE, following
        number = numbers[at]
        slot = number * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK
        place = table[slot]
        table[slot] = at
        ahead = numbers[following]
        slot = ahead * _HASH_FACTOR >> _HASH_SHIFT & _TABLE_MASK
        if at - place < MAX_DISTANCE and not (number ^ numbers[place]) & _COMPARED_MASK:
            table[slot] = following
            return at, place, following
        at = following
        following += 1
        place = table[slot]
        table[slot] = at
        if at - place < MAX_DISTANCE and not (ahead ^ numbers[place]) & _COMPARED_MASK:
            # Go stores the next place here, under the hash of this one.
            table[slot] = following
            return at, place, following
        at = following


def _end_of_match(data: bytes, numbers: array[int], at: int, earlier: int) -> int:
    """Where a match of which four bytes are known ends."""
    at += _COMPARED
    earlier += _COMPARED
    difference = numbers[at] ^ numbers[earlier]
    if difference:
        return min(len(data), at + (((difference & -difference).bit_length() - 1) >> 3))
    return match_end(data, at + _HASHED, earlier + _HASHED, len(data))
