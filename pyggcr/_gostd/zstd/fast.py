# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How SpeedFastest finds matches (klauspost/compress/zstd's enc_fast.go).

A hash table of 6-byte sequences, of which four are compared; two places a step.
"""

from __future__ import annotations

from pyggcr._gostd.zstd.history import (
    LOW_32,
    MAX_MATCH,
    NOWHERE,
    OWN_OFFSETS,
    REPEATS,
    Found,
    History,
)

__all__ = ["Search"]

_TABLE_BITS = 15
_TABLE_MASK = (1 << _TABLE_BITS) - 1
_FACTOR = 227_718_039_650_203  # prime6bytes
_SHIFT = 48 - _TABLE_BITS
_INPUT_MARGIN = 8
_MIN_SEARCHED = 10
_STEP = 2
_STEP_SHIFT = 5


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._history = History(window)
        # The place of a sequence, and its first four bytes in the lower half.
        self._table = [NOWHERE << 32] * (1 << _TABLE_BITS)

    def search(self, block: bytes, *, whole: bool) -> Found:
        """The matches of a block, which may be all of the stream (``EncodeNoHist``)."""
        history = self._history
        history.append(block)
        found = Found(block)
        if len(block) < _MIN_SEARCHED:
            return found
        limit = len(block) - _INPUT_MARGIN
        longest = len(block) if whole else MAX_MATCH
        offset1 = offset2 = 0
        at = 0
        while at < limit:
            can_repeat = len(found) > OWN_OFFSETS
            searched, at, distance = self._next(at, found.emitted, offset1 if can_repeat else 0)
            if not distance:
                break
            length = 4 + history.common(at + 4, distance)
            if at == searched + 2:
                # It ends one early, so that there is a literal: offsets are others else.
                most = min(at - found.emitted - 1, longest - length)
                back = history.before(at, distance, searched, most)
                found.add(at - back, length + back, 1)
                at = found.emitted
                continue
            offset1, offset2 = distance, offset1
            back = history.before(at, distance, at, min(at - found.emitted, longest - length))
            found.add(at - back, length + back, distance + REPEATS)
            at = found.emitted
            can_repeat = can_repeat or (whole and len(found) > OWN_OFFSETS)
            if can_repeat and at < limit and history.same(at, offset2):
                number = history.numbers[at]
                slot = number * _FACTOR >> _SHIFT & _TABLE_MASK
                self._table[slot] = (at + history.origin) << 32 | number & LOW_32
                found.add(at, 4 + history.common(at + 4, offset2), 1)
                offset1, offset2 = offset2, offset1
                at = found.emitted
        return found

    def _next(self, at: int, emitted: int, repeated: int) -> tuple[int, int, int]:
        """Where a match was searched and found, and its distance; 0 if there is none.

        One that repeats an offset, which is 0 if it must not be, is two places ahead.
        """
        history, table, window = self._history, self._table, self._window
        numbers, origin = history.numbers, history.origin
        limit = history.size - _INPUT_MARGIN
        while at < limit:
            number = numbers[at]
            second = number >> 8
            slot = number * _FACTOR >> _SHIFT & _TABLE_MASK
            second_slot = second * _FACTOR >> _SHIFT & _TABLE_MASK
            candidate = table[slot]
            second_candidate = table[second_slot]
            here = at + origin
            table[slot] = here << 32 | number & LOW_32
            table[second_slot] = (here + 1) << 32 | second & LOW_32
            if repeated and history.same(at + 2, repeated):
                return at, at + 2, repeated
            distance = here - (candidate >> 32)
            if distance < window and not (candidate ^ number) & LOW_32:
                return at, at, distance
            distance = here + 1 - (second_candidate >> 32)
            if distance < window and not (second_candidate ^ second) & LOW_32:
                return at, at + 1, distance
            at += _STEP + (at - emitted >> _STEP_SHIFT)
        return at, at, 0
