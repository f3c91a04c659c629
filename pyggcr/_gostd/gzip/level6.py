# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How Go 1.27 finds matches at level 6, the default (compress/flate's level6.go).

As at level 5; the distance of the last match is tried again, and more places are remembered.
"""

from __future__ import annotations

from pyggcr._gostd.gzip import level5
from pyggcr._gostd.gzip.level5 import SKIPPED_START
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE

__all__ = ["Search"]

_INDEX_STEP = 2
_END_MARGIN = 8


class Search(level5.Search):
    """Finds the matches of one block after the other (``fastEncL6``)."""

    _skip_shift = 7
    _repeated = 1  # the distance of the last match

    def _begin(self, block: bytes) -> int:
        self._repeated = 1
        return super()._begin(block)

    def _index_match(self, at: int, _length: int, following: int) -> None:
        """Remember all places in a match by the long hash, every second by the short one."""
        for place in range(following + 1, at - 1, _INDEX_STEP):
            self._index(place)
            self._index_long(place + 1)

    def _index_rest(self, following: int) -> None:
        """Remember every second place up to the block's end."""
        for place in range(following + 1, len(self._data) - _END_MARGIN, _INDEX_STEP):
            self._index(place)

    def _preferred(
        self, at: int, earlier: int, following: int, candidates: tuple[int, int]
    ) -> tuple[int, int, int]:
        """The match of the short hash, or a longer one at the next place."""
        length = self._limited_length(at, earlier)
        repeated = at + 1 - self._repeated
        if self._numbers[at + 1] == self._numbers[repeated]:
            longer = self._limited_length(at + 1, repeated)
            if longer > length:
                return at + 1, repeated, longer
        best = at, earlier, length
        if following - candidates[0] < MAX_DISTANCE:
            for candidate in candidates:
                if self._equal(following, candidate):
                    longer = self._limited_length(following, candidate)
                    if longer > best[2]:
                        best = following, candidate, longer
        return best

    def _bettered(self, at: int, earlier: int, length: int) -> tuple[int, int, int]:
        """The match, or the longest that agrees with what follows the match."""
        end = at + length
        best = at, earlier, length
        if end < self._limit:
            start = at + SKIPPED_START
            slot = self._long_slots[end]
            for copied in (self._newest[slot], self._older[slot]):
                place = copied - best[2] + SKIPPED_START
                if start - place >= MAX_DISTANCE:
                    break
                if place >= 0 and start > place:
                    longer = self._end(start, place) - start
                    if longer > best[2]:
                        best = start, place, longer
        self._repeated = best[0] - best[1]
        return best
