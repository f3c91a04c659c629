# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 finds matches at level 4 (compress/flate's level4.go).

Two tables, for hashes of four and of seven bytes. A match of the short hash is given up if the
next place has a longer one.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.fastgen import COMPARED, NOWHERE, FastSearch, hash4, hash7
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["Search"]

_SHORT = hash4(15)
_LONG = hash7(15)
_SKIP_SHIFT = 6
_INDEX_STEP = 3


class Search(FastSearch):
    """Finds the matches of one block after the other (``fastEncL4``)."""

    def __init__(self) -> None:
        super().__init__([_SHORT, _LONG], [_SHORT, _LONG])

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches."""
        at = self._begin(block)
        short, long = self._tables
        short_slots, long_slots = self._slots
        found, limit = self._found, self._limit
        while True:
            at, earlier, following = self._first_match(at)
            if earlier < 0:
                break
            end = self._end(at + COMPARED, earlier + COMPARED)
            found.add(at, earlier, end)
            at = max(end, following + 1)
            if at >= limit:
                if at + 8 < len(self._data):
                    short[short_slots[at]] = long[long_slots[at]] = at
                break
            for place in range(following, at - 1, _INDEX_STEP):
                long[long_slots[place]] = place
                long[long_slots[place + 1]] = place + 1
                short[short_slots[place + 1]] = place + 1
            short[short_slots[at - 1]] = long[long_slots[at - 1]] = at - 1
        return found.tokens()

    def _first_match(self, at: int) -> tuple[int, int, int]:
        """The first match: its place, that of its copy, and the place to be looked at next.

        If there is none, the copy's place is negative.
        """
        short, long = self._tables
        short_slots, long_slots = self._slots
        numbers, limit, emitted = self._numbers, self._limit, self._found.emitted
        while True:
            following = at + 1 + (at - emitted >> _SKIP_SHIFT)
            if following > limit:
                return at, NOWHERE, following
            slot = long_slots[at]
            earlier = long[slot]
            long[slot] = at
            slot = short_slots[at]
            nearer = short[slot]
            short[slot] = at
            number = numbers[at]
            if at - earlier < MAX_DISTANCE and number == numbers[earlier]:
                return at, earlier, following
            if at - nearer < MAX_DISTANCE and number == numbers[nearer]:
                return (*self._better(at, nearer, following), following)
            at = following

    def _better(self, at: int, earlier: int, following: int) -> tuple[int, int]:
        """The match, or the one of the next place if that seems longer."""
        candidate = self._tables[1][self._slots[1][following]]
        if self._equal(following, candidate):
            # Go compares with what is at this place, though it is a distance.
            place = following - candidate
            length = self._end(at + COMPARED, earlier + COMPARED) - at
            if self._end(following + COMPARED, place + COMPARED) - following > length:
                return following, candidate
        return at, earlier
