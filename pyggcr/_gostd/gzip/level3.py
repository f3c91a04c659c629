# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 finds matches at level 3 (compress/flate's level3.go).

A table with the last two places for each hash of five bytes; of two matches the longer is taken.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.fastgen import COMPARED, NOWHERE, FastSearch, hash5
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.tokens import Tokens

__all__ = ["Search"]

_HASH = hash5(16)
_SKIP_SHIFT = 7
_INDEX_STEP = 6
_REACH = MAX_DISTANCE - 4


class Search(FastSearch):
    """Finds the matches of one block after the other (``fastEncL3``)."""

    def __init__(self) -> None:
        super().__init__([_HASH], [_HASH, _HASH])
        self._newest, self._older = self._tables

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches."""
        at = self._begin(block)
        found, limit, newest, slots = self._found, self._limit, self._newest, self._slots[0]
        at, earlier, following = self._first_match(at)
        while earlier >= 0:
            end = self._end(at + COMPARED, earlier + COMPARED)
            distance = at - earlier
            length = found.add(at, earlier, end)
            at = max(end, following + 1)
            if at >= limit:
                # The place that the match was copied from ends here.
                copied = end - distance
                if copied + 8 < len(self._data):
                    self._index(copied)
                break
            for place in range(at - length + 2, at - 5, _INDEX_STEP):
                self._index(place)
            self._index(at - 2)
            self._index(at - 1)
            slot = slots[at]
            candidates = newest[slot], self._older[slot]
            self._index(at)
            earlier = self._candidate(at, candidates)
            if earlier < 0:
                at, earlier, following = self._first_match(at + 1)
        return found.tokens()

    def _index(self, at: int) -> None:
        slot = self._slots[0][at]
        self._older[slot] = self._newest[slot]
        self._newest[slot] = at

    def _candidate(self, at: int, candidates: tuple[int, int]) -> int:
        """The earlier place that matches right after a match, or a negative one."""
        numbers, furthest = self._numbers, at - _REACH
        if candidates[0] > furthest:
            for earlier in candidates:
                if earlier > furthest and numbers[at] == numbers[earlier]:
                    return earlier
        return NOWHERE

    def _first_match(self, at: int) -> tuple[int, int, int]:
        """The first match: its place, that of its copy, and the place to be looked at next.

        If there is none, the copy's place is negative.
        """
        slots, numbers, newest, older = self._slots[0], self._numbers, self._newest, self._older
        limit, emitted = self._limit, self._found.emitted
        while True:
            following = at + 1 + (at - emitted >> _SKIP_SHIFT)
            if following > limit:
                return at, NOWHERE, following
            slot = slots[at]
            earlier, before = newest[slot], older[slot]
            older[slot] = earlier
            newest[slot] = at
            furthest = at - _REACH
            if earlier >= furthest:
                if numbers[at] == numbers[earlier]:
                    if before >= furthest and numbers[at] == numbers[before]:
                        earlier = self._longer(at, earlier, before)
                    return at, earlier, following
                if before > furthest and numbers[at] == numbers[before]:
                    return at, before, following
            at = following

    def _longer(self, at: int, earlier: int, before: int) -> int:
        """Where the longer match is; the nearer one if they are alike."""
        first = self._end(at + COMPARED, earlier + COMPARED)
        return before if self._end(at + COMPARED, before + COMPARED) > first else earlier
