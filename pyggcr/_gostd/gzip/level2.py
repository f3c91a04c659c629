# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 finds matches at level 2 (compress/flate's level2.go).

As level 1 does, with a larger table, into which more places of a match go.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.fastgen import COMPARED, NOWHERE, FastSearch, hash5
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["Search"]

_HASH = hash5(17)
# Of five bytes the last of which is taken to be zero: in a match, Go hashes three places out of
# one number of eight bytes, and the third place has only four of them.
_SHIFT = 8 * _HASH.width - _HASH.bits
_MASK = (1 << _HASH.bits) - 1

_STEP = 2
_SKIP_SHIFT = 5
_INDEX_STEP = 7


class Search(FastSearch):
    """Finds the matches of one block after the other (``fastEncL2``)."""

    def __init__(self) -> None:
        super().__init__([_HASH], [_HASH])

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches."""
        at = self._begin(block)
        table, slots, numbers = self._tables[0], self._slots[0], self._numbers
        found, limit = self._found, self._limit
        at, earlier, following = self._first_match(at)
        while earlier >= 0:
            end = self._end(at + COMPARED, earlier + COMPARED)
            length = found.add(at, earlier, end)
            at = max(end, following + 1)
            if at >= limit:
                if at + length + 8 < len(self._data):
                    table[slots[at]] = at
                break
            self._index(at - length + 2, at - 5)
            table[slots[at - 2]] = at - 2
            table[slots[at - 1]] = at - 1
            earlier = table[slots[at]]
            table[slots[at]] = at
            if at - earlier > MAX_DISTANCE or numbers[at] != numbers[earlier]:
                at, earlier, following = self._first_match(at + 1)
        return found.tokens()

    def _first_match(self, at: int) -> tuple[int, int, int]:
        """The first match: its place, that of its copy, and the place to be looked at next.

        If there is none, the copy's place is negative.
        """
        table, slots, numbers = self._tables[0], self._slots[0], self._numbers
        limit, emitted = self._limit, self._found.emitted
        while True:
            following = at + _STEP + (at - emitted >> _SKIP_SHIFT)
            if following > limit:
                return at, NOWHERE, following
            slot = slots[at]
            earlier = table[slot]
            table[slot] = at
            if at - earlier < MAX_DISTANCE and numbers[at] == numbers[earlier]:
                table[slots[following]] = following
                return at, earlier, following
            at = following
            following += 1
            slot = slots[at]
            earlier = table[slot]
            table[slot] = at
            if at - earlier < MAX_DISTANCE and numbers[at] == numbers[earlier]:
                return at, earlier, following
            at = following

    def _index(self, start: int, end: int) -> None:
        """Remember about every second place in a match."""
        table, slots, numbers = self._tables[0], self._slots[0], self._numbers
        for at in range(start, end, _INDEX_STEP):
            table[slots[at]] = at
            table[slots[at + 2]] = at + 2
            table[numbers[at + 4] * _HASH.factor >> _SHIFT & _MASK] = at + 4
