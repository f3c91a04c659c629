# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 finds matches at level 5 (compress/flate's level5.go).

As at level 4 there are tables for hashes of four and of seven bytes; that for seven has the last
two places. Where a match ends, a longer one that ends there is looked for.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.fastgen import COMPARED, FastSearch, hash4, hash7
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, MAX_MATCH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["SKIPPED_START", "Search"]

_SHORT = hash4(15)
_LONG = hash7(15)
_INDEX_STEP = 3

# Longer matches are good enough not to be bettered from their end.
_MAX_BETTERED = 30
# How many bytes at its start a better match may have wrong; it is shorter by those then.
SKIPPED_START = 2


class Search(FastSearch):
    """Finds the matches of one block after the other (``fastEncL5``).

    A match is told by where it begins, where its copy does, and its length, 0 if that is not known
    yet.
    """

    _skip_shift = 6

    def __init__(self) -> None:
        super().__init__([_SHORT, _LONG], [_SHORT, _LONG, _LONG])
        self._short, self._newest, self._older = self._tables
        self._short_slots, self._long_slots = self._slots

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches."""
        at = self._begin(block)
        found, limit = self._found, self._limit
        while (first := self._first_match(at)) is not None:
            at, earlier, length, following = first
            if not length:
                length = self._end(at + COMPARED, earlier + COMPARED) - at
            elif length == MAX_MATCH:
                length = self._end(at + length, earlier + length) - at
            at, earlier, length = self._bettered(at, earlier, length)
            end = at + length
            length = found.add(at, earlier, end)
            at = max(end, following + 1)
            if at >= limit:
                self._index_rest(following)
                break
            self._index_match(at, length, following)
        return found.tokens()

    def _index(self, at: int) -> None:
        self._short[self._short_slots[at]] = at
        self._index_long(at)

    def _index_long(self, at: int) -> None:
        slot = self._long_slots[at]
        self._older[slot] = self._newest[slot]
        self._newest[slot] = at

    def _index_match(self, at: int, length: int, _following: int) -> None:
        """Remember about every third place in a match, and the last one."""
        start = at - length + 1
        if start < at - 1:
            self._index(start)
            self._index_long(start + 1)
            self._short[self._short_slots[start + 2]] = start + 2
            for place in range(start + 4, at - 1, _INDEX_STEP):
                self._index_long(place)
                self._short[self._short_slots[place + 1]] = place + 1
        self._index(at - 1)

    def _index_rest(self, following: int) -> None:
        """Remember places after the last match; here, none."""

    def _first_match(self, at: int) -> tuple[int, int, int, int] | None:
        """The first match from ``at`` on, and the place to be looked at next."""
        short, newest, older = self._short, self._newest, self._older
        short_slots, long_slots, numbers = self._short_slots, self._long_slots, self._numbers
        limit, emitted, skip_shift = self._limit, self._found.emitted, self._skip_shift
        while True:
            following = at + 1 + (at - emitted >> skip_shift)
            if following > limit:
                return None
            slot = long_slots[at]
            earlier, before = newest[slot], older[slot]
            older[slot] = earlier
            newest[slot] = at
            slot = short_slots[at]
            nearer = short[slot]
            short[slot] = at
            number = numbers[at]
            if at - earlier < MAX_DISTANCE:
                if number == numbers[earlier]:
                    self._index(following)
                    return (*self._longer(at, earlier, before), following)
                if at - before < MAX_DISTANCE and number == numbers[before]:
                    self._index(following)
                    return at, before, 0, following
            if at - nearer < MAX_DISTANCE and number == numbers[nearer]:
                slot = long_slots[following]
                candidates = newest[slot], older[slot]
                self._index(following)
                return (*self._preferred(at, nearer, following, candidates), following)
            at = following

    def _longer(self, at: int, earlier: int, before: int) -> tuple[int, int, int]:
        """The match with the last place of the long hash, or that with the one before."""
        if not self._equal(at, before):
            return at, earlier, 0
        length = self._limited_length(at, earlier)
        longer = self._limited_length(at, before)
        return (at, before, longer) if longer > length else (at, earlier, length)

    def _preferred(
        self, at: int, earlier: int, following: int, candidates: tuple[int, int]
    ) -> tuple[int, int, int]:
        """The match of the short hash, or that of the next place's long hash if it is longer."""
        length = self._limited_length(at, earlier)
        if following - candidates[0] < MAX_DISTANCE:
            for candidate in candidates:
                if self._equal(following, candidate):
                    longer = self._limited_length(following, candidate)
                    if longer > length:
                        return following, candidate, longer
        return at, earlier, length

    def _bettered(self, at: int, earlier: int, length: int) -> tuple[int, int, int]:
        """The match, or a longer one that agrees with what follows the match."""
        end = at + length
        if length < _MAX_BETTERED and end < self._limit:
            start = at + SKIPPED_START
            place = self._newest[self._long_slots[end]] - length + SKIPPED_START
            if place >= 0 and 0 < start - place < MAX_DISTANCE:
                longer = self._end(start, place) - start
                if longer > length:
                    return start, place, longer
        return at, earlier, length
