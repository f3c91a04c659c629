# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How SpeedBetterCompression finds matches (klauspost/compress/zstd's enc_better.go).

The table of 8-byte sequences has two places in a slot, a short match gives way to a long one at the
next place, and where a match ends another may have begun that is longer.
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

_SHORT_BITS = 13
_SHORT_MASK = (1 << _SHORT_BITS) - 1
_SHORT_FACTOR = 889_523_592_379  # prime5bytes
_SHORT_SHIFT = 40 - _SHORT_BITS
_LONG_BITS = 19
_LONG_MASK = (1 << _LONG_BITS) - 1
_LONG_FACTOR = 0xCF1B_BCDC_B7A5_6463  # prime8bytes
_LONG_SHIFT = 64 - _LONG_BITS
_INPUT_MARGIN = 10
_MIN_SEARCHED = 16
_STEP_SHIFT = 8
# How many bytes at its beginning a match may lack that is found at the end of another.
_SKIP_BEGINNING = 3


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._history = History(window)
        # The place of a short sequence, and its first four bytes in the lower half.
        self._short = [NOWHERE << 32] * (1 << _SHORT_BITS)
        # The last place of a long sequence, and the last but one.
        self._long = [NOWHERE] * (1 << _LONG_BITS)
        self._older = [NOWHERE] * (1 << _LONG_BITS)

    def search(self, block: bytes, *, whole: bool) -> Found:  # noqa: ARG002
        """The matches of a block, which may be all of the stream."""
        history = self._history
        history.append(block)
        found = Found(block)
        if history.is_repeated():
            found.add(1, len(block) - 1, 1 + REPEATS)
            return found
        if len(block) < _MIN_SEARCHED:
            return found
        limit = len(block) - _INPUT_MARGIN
        offset1 = offset2 = 0
        at = 0
        while at < limit:
            can_repeat = len(found) > OWN_OFFSETS
            searched, at, distance, length = self._next(
                at, found.emitted, offset1 if can_repeat else 0
            )
            if not distance:
                break
            if not length:
                # One that repeats an offset ends one early, so that there is a literal.
                length = 4 + history.common(at + 4, distance)
                most = min(at - found.emitted, MAX_MATCH - length) - 1
                back = history.before(at, distance, searched, most)
                found.add(at - back, length + back, 1)
                at = self._index(searched + 1, found.emitted)
                continue
            at, distance, length = self._by_end(at, distance, length)
            offset1, offset2 = distance, offset1
            back = history.before(at, distance, at, min(at - found.emitted, MAX_MATCH - length))
            found.add(at - back, length + back, distance + REPEATS)
            at = self._index(searched + 1, found.emitted)
            if can_repeat and at < limit:
                offset1, offset2 = self._repeat(found, offset1, offset2)
                at = found.emitted
        return found

    def _next(self, at: int, emitted: int, repeated: int) -> tuple[int, int, int, int]:
        """Where a match was searched and found, its distance and length.

        The distance is 0 if there is no match, the length if the match repeats an offset.
        """
        history, short, long, older = self._history, self._short, self._long, self._older
        numbers, origin, window = history.numbers, history.origin, self._window
        limit = history.size - _INPUT_MARGIN
        while at < limit:
            number = numbers[at]
            slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
            short_slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
            place, before, candidate = long[slot], older[slot], short[short_slot]
            here = at + origin
            older[slot] = place
            long[slot] = here
            short[short_slot] = here << 32 | number & LOW_32
            if repeated and history.same(at + 1, repeated):
                return at, at + 1, repeated, 0
            length = self._long_match(at, here - place)
            distance = here - place
            other = self._long_match(at, here - before)
            if other > length:
                length, distance = other, here - before
            if length:
                return at, at, distance, length
            distance = here - (candidate >> 32)
            if distance < window and not (candidate ^ number) & LOW_32:
                return (at, *self._next_if_longer(at, distance))
            at += 1 + (at - emitted >> _STEP_SHIFT)
        return at, at, 0, 0

    def _long_match(self, at: int, distance: int) -> int:
        """The length of a match of eight bytes or more, or 0."""
        if distance >= self._window or not self._history.same(at, distance, 8):
            return 0
        return 8 + self._history.common(at + 8, distance)

    def _next_if_longer(self, at: int, distance: int) -> tuple[int, int, int]:
        """The long match at the next place if it is longer than the short one at this."""
        history = self._history
        length = 4 + history.common(at + 4, distance)
        number = history.numbers[at + 1]
        here = at + 1 + history.origin
        slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        candidates = self._long[slot], self._older[slot]
        self._older[slot] = self._long[slot]
        self._long[slot] = here
        for place in candidates:
            # As in Go, the match may begin a byte further back than the window reaches.
            if here - place <= self._window and history.same(at + 1, here - place, 8):
                other = 8 + history.common(at + 9, here - place)
                if other > length:
                    return at + 1, here - place, other
        return at, distance, length

    def _by_end(self, at: int, distance: int, length: int) -> tuple[int, int, int]:
        """A longer match that ends where this one does, or this one."""
        history = self._history
        if at + length >= history.size - _INPUT_MARGIN:
            return at, distance, length
        slot = history.numbers[at + length] * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        later = at + _SKIP_BEGINNING
        for place in (self._long[slot], self._older[slot]):
            there = place - length + _SKIP_BEGINNING
            other = later + history.origin - there
            if 0 < other < self._window and there >= 0 and history.same(later, other):
                longer = 4 + history.common(later + 4, other)
                if longer > length:
                    at, distance, length = later, other, longer
        return at, distance, length

    def _index(self, at: int, end: int) -> int:
        """Enter every second place up to the end of a match; that end."""
        if end >= self._history.size - _INPUT_MARGIN:
            return end
        short, long, older = self._short, self._long, self._older
        numbers, origin = self._history.numbers, self._history.origin
        for each in range(at, end - 1, 2):
            number = numbers[each]
            slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
            older[slot] = long[slot]
            long[slot] = each + origin
            number >>= 8
            slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
            short[slot] = (each + 1 + origin) << 32 | number & LOW_32
        return end

    def _repeat(self, found: Found, offset1: int, offset2: int) -> tuple[int, int]:
        """Take matches that repeat the offset before the last; the offsets afterwards."""
        history = self._history
        limit = history.size - _INPUT_MARGIN
        while found.emitted < limit and history.same(found.emitted, offset2):
            at = found.emitted
            number = history.numbers[at]
            here = at + history.origin
            slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
            self._older[slot] = self._long[slot]
            self._long[slot] = here
            slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
            self._short[slot] = here << 32 | number & LOW_32
            found.add(at, 4 + history.common(at + 4, offset2), 1)
            offset1, offset2 = offset2, offset1
        return offset1, offset2
