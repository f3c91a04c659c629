# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How SpeedDefault finds matches (klauspost/compress/zstd's enc_dfast.go).

Two hash tables, of 5-byte and of 8-byte sequences; of either, four bytes are compared.
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

_SHORT_BITS = 15
_SHORT_MASK = (1 << _SHORT_BITS) - 1
_SHORT_FACTOR = 889_523_592_379  # prime5bytes
_SHORT_SHIFT = 40 - _SHORT_BITS
_LONG_BITS = 17
_LONG_MASK = (1 << _LONG_BITS) - 1
_LONG_FACTOR = 0xCF1B_BCDC_B7A5_6463  # prime8bytes
_LONG_SHIFT = 64 - _LONG_BITS
_INPUT_MARGIN = 10
_MIN_SEARCHED = 16
_STEP_SHIFT = 7


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._history = History(window)
        # The place of a sequence, and its first four bytes in the lower half.
        self._short = [NOWHERE << 32] * (1 << _SHORT_BITS)
        self._long = [NOWHERE << 32] * (1 << _LONG_BITS)

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
            at, distance, repeats = self._next(at, found.emitted, offset1 if can_repeat else 0)
            if not distance:
                break
            length = 4 + history.common(at + 4, distance)
            if repeats:
                # It ends one early, so that there is a literal: offsets are others else.
                most = min(at - found.emitted, longest - length) - 1
                back = history.before(at, distance, at - 1, most)
                found.add(at - back, length + back, 1)
                at = found.emitted
                continue
            offset1, offset2 = distance, offset1
            back = history.before(at, distance, at, min(at - found.emitted, longest - length))
            found.add(at - back, length + back, distance + REPEATS)
            if found.emitted >= limit:
                break
            self._index(at - back + 1)
            self._index(found.emitted - 2)
            at = found.emitted
            if can_repeat or (whole and len(found) > OWN_OFFSETS):
                offset1, offset2 = self._repeat(found, offset1, offset2, whole=whole)
                at = found.emitted
        return found

    def _next(self, at: int, emitted: int, repeated: int) -> tuple[int, int, bool]:
        """Where a match is, its distance and whether that repeats an offset; 0 if there is none."""
        history, short, long, window = self._history, self._short, self._long, self._window
        numbers, origin = history.numbers, history.origin
        limit = history.size - _INPUT_MARGIN
        while at < limit:
            number = numbers[at]
            long_slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
            slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
            long_candidate = long[long_slot]
            candidate = short[slot]
            here = at + origin
            long[long_slot] = short[slot] = here << 32 | number & LOW_32
            if repeated and history.same(at + 1, repeated):
                return at + 1, repeated, True
            distance = here - (long_candidate >> 32)
            if distance < window and not (long_candidate ^ number) & LOW_32:
                return at, distance, False
            distance = here - (candidate >> 32)
            if distance < window and not (candidate ^ number) & LOW_32:
                return (*self._next_if_long(at, distance), False)
            at += 1 + (at - emitted >> _STEP_SHIFT)
        return at, 0, False

    def _next_if_long(self, at: int, distance: int) -> tuple[int, int]:
        """The long match at the next place, or the short one at this."""
        number = self._history.numbers[at + 1]
        here = at + 1 + self._history.origin
        slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        candidate = self._long[slot]
        self._long[slot] = here << 32 | number & LOW_32
        following = here - (candidate >> 32)
        if following < self._window and not (candidate ^ number) & LOW_32:
            return at + 1, following
        return at, distance

    def _index(self, at: int) -> None:
        """Enter a place as a long sequence, and the next as a short one."""
        number = self._history.numbers[at]
        here = at + self._history.origin
        slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        self._long[slot] = here << 32 | number & LOW_32
        number >>= 8
        slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
        self._short[slot] = (here + 1) << 32 | number & LOW_32

    def _repeat(self, found: Found, offset1: int, offset2: int, *, whole: bool) -> tuple[int, int]:
        """Take matches that repeat the offset before the last; the offsets afterwards."""
        history = self._history
        limit = history.size - _INPUT_MARGIN
        first = history.numbers[found.emitted]
        while found.emitted < limit and history.same(found.emitted, offset2):
            at = found.emitted
            number = history.numbers[at]
            entry = (at + history.origin) << 32 | number & LOW_32
            self._long[number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK] = entry
            # EncodeNoHist hashes what was there before the first of these matches.
            hashed = first if whole else number
            self._short[hashed * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK] = entry
            found.add(at, 4 + history.common(at + 4, offset2), 1)
            offset1, offset2 = offset2, offset1
        return offset1, offset2
