# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How SpeedBestCompression finds matches (klauspost/compress/zstd's enc_best.go).

Each of many candidates is weighed by the bits that it would take and save.
"""

from __future__ import annotations

from pyggcr._gostd.zstd.codes import LENGTH_COSTS, OFFSET_COSTS, length_code
from pyggcr._gostd.zstd.entropy import entropy_bits
from pyggcr._gostd.zstd.history import (
    LOW_32,
    MAX_MATCH,
    MIN_MATCH,
    NOWHERE,
    OWN_OFFSETS,
    REPEATS,
    Found,
    History,
)

__all__ = ["Search"]

_SHORT_BITS = 18
_SHORT_MASK = (1 << _SHORT_BITS) - 1
_SHORT_FACTOR = 2_654_435_761  # prime4bytes
_SHORT_SHIFT = 32 - _SHORT_BITS
_LONG_BITS = 22
_LONG_MASK = (1 << _LONG_BITS) - 1
_LONG_FACTOR = 0xCF1B_BCDC_B7A5_6463  # prime8bytes
_LONG_SHIFT = 64 - _LONG_BITS
_INPUT_MARGIN = 12
_MIN_SEARCHED = 16
_STEP_SHIFT = 9
_GOOD_ENOUGH = 250
_SKIP_BEGINNING = 2
_HIGH_SCORE = MAX_MATCH * 8
# Added to the number of a repeated offset if no literal is in front: then it is another offset.
_AFTER_MATCH = 4
_NUMBER = 3


class _Best:
    """The best match at a place so far.

    Attributes:
        repeat: of which of the last offsets; -1: of none; 0: there is no match.
        estimate: the bits that it costs, less those that it saves.
    """

    __slots__ = ("at", "distance", "estimate", "length", "repeat")

    def __init__(self, at: int) -> None:
        self.at = at
        self.distance = 0
        self.length = 0
        self.repeat = 0
        self.estimate = _HIGH_SCORE


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._history = History(window)
        # The last places of sequences, and the last but one.
        self._short = [NOWHERE] * (1 << _SHORT_BITS)
        self._short_older = [NOWHERE] * (1 << _SHORT_BITS)
        self._long = [NOWHERE] * (1 << _LONG_BITS)
        self._long_older = [NOWHERE] * (1 << _LONG_BITS)
        self._offsets = (0, 0, 0)
        self._emitted = 0
        self._bits_per_byte = 0

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
        # Scaled by ten bits; a Huffman code has a bit at least.
        self._bits_per_byte = max(entropy_bits(block) * 1024 // len(block), 1024)
        self._offsets = (0, 0, 0)
        limit = len(block) - _INPUT_MARGIN
        at = 0
        while at < limit:
            self._emitted = found.emitted
            best = self._best(at, can_repeat=len(found) > OWN_OFFSETS)
            if best.length < 4:
                at += 1 + (at - found.emitted >> _STEP_SHIFT)
                continue
            if best.repeat > 0:
                found.add(best.at, best.length, best.repeat & _NUMBER)
                self._use_again(best.repeat)
            else:
                found.add(best.at, best.length, best.distance + REPEATS)
                self._offsets = (best.distance, *self._offsets[:2])
            last = limit + 4 if best.repeat > 0 else limit - 4
            self._index(at + 1, min(found.emitted, last))
            at = found.emitted
        return found

    def _best(self, at: int, *, can_repeat: bool) -> _Best:
        """The best match at or a little behind a place; shorter than four bytes if there is none.

        The place is entered into the tables.
        """
        history = self._history
        number = history.numbers[at]
        here = at + history.origin
        long_slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
        place, short_place = self._long[long_slot], self._short[slot]

        best = _Best(at)
        self._improve(best, at, here - place)
        self._improve(best, at, here - self._long_older[long_slot])
        self._improve(best, at, here - short_place)
        self._improve(best, at, here - self._short_older[slot])
        if can_repeat and best.length < _GOOD_ENOUGH:
            self._try_repeats(best, at)

        self._long_older[long_slot] = place
        self._long[long_slot] = here
        self._short_older[slot] = short_place
        self._short[slot] = here
        if 4 <= best.length < _GOOD_ENOUGH:
            self._look_ahead(best, at)
        return best

    def _try_repeats(self, best: _Best, at: int) -> None:
        offset1, offset2, offset3 = self._offsets
        if at == self._emitted:
            self._improve(best, at, offset2, _AFTER_MATCH | 1)
            self._improve(best, at, offset3, _AFTER_MATCH | 2)
            if offset1 > 1:
                self._improve(best, at, offset1 - 1, _AFTER_MATCH | 3)
        if best.repeat <= 0:
            for each, offset in enumerate(self._offsets, start=1):
                self._improve(best, at + 1, offset, each)
            if best.repeat < 0:
                for each, offset in enumerate(self._offsets, start=1):
                    self._improve(best, at + 3, offset, each)

    def _look_ahead(self, best: _Best, at: int) -> None:
        history, long, older = self._history, self._long, self._long_older
        here = at + 1 + history.origin
        number, following = history.numbers[at + 1], history.numbers[at + 2]
        slot = number * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
        long_slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        following_slot = following * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        self._improve(best, at + 1, here - self._short[slot])
        self._improve(best, at + 1, here - long[long_slot])
        self._improve(best, at + 1, here - older[long_slot])
        self._improve(best, at + 2, here + 1 - long[following_slot])
        self._improve(best, at + 2, here + 1 - older[following_slot])

        # What stands where the best match ends may end a longer one.
        end = best.at + best.length
        if best.at <= at - _SKIP_BEGINNING or end >= history.size - _INPUT_MARGIN:
            return
        slot = history.numbers[end] * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
        for place in (long[slot], older[slot]):
            there = place - best.length + _SKIP_BEGINNING
            if there < 0:
                return
            later = best.at + _SKIP_BEGINNING
            self._improve(best, later, later + history.origin - there)

    def _improve(self, best: _Best, at: int, distance: int, repeat: int = -1) -> None:
        """Take a match instead of the best one if it is better."""
        history = self._history
        if not 0 < distance < self._window or not history.same(at, distance):
            return
        if best.length > 16 and self._is_shorter(best, at, distance):
            return
        length = 4 + history.common(at + 4, distance)
        if best.repeat <= 0:
            most = min(at - self._emitted, MAX_MATCH - length)
            back = history.before(at, distance, at, most)
            at -= back
            length += back
        offset = distance + REPEATS if repeat < 0 else repeat & _NUMBER
        estimate = OFFSET_COSTS[offset.bit_length() - 1]
        estimate += LENGTH_COSTS[length_code(length - MIN_MATCH)]
        estimate -= length * self._bits_per_byte >> 10
        if estimate > 0:
            length, estimate = 0, _HIGH_SCORE
        gain = estimate - best.estimate + ((at - best.at) * self._bits_per_byte >> 10)
        if best.estimate >= _HIGH_SCORE or gain < 0:
            best.at, best.distance, best.length = at, distance, length
            best.repeat, best.estimate = repeat, estimate

    def _is_shorter(self, best: _Best, at: int, distance: int) -> bool:
        """Whether bytes near the end of a long match say that another one cannot be as long."""
        left = self._history.size - (best.at + best.length)
        if left <= 0:
            return True
        checked = best.length - (at - best.at) - 8
        return left > 2 and checked > 4 and not self._history.same(at + checked, distance)

    def _use_again(self, repeat: int) -> None:
        """Move a repeated offset to the front."""
        offset1, offset2, offset3 = self._offsets
        if repeat in (2, _AFTER_MATCH | 1):
            self._offsets = (offset2, offset1, offset3)
        elif repeat in (3, _AFTER_MATCH | 2):
            self._offsets = (offset3, offset1, offset2)
        elif repeat == _AFTER_MATCH | 3:
            self._offsets = (offset1 - 1, offset1, offset2)

    def _index(self, at: int, end: int) -> None:
        """Enter every place up to, not including, the end."""
        short, short_older = self._short, self._short_older
        long, long_older = self._long, self._long_older
        numbers, origin = self._history.numbers, self._history.origin
        for each in range(at, end):
            number = numbers[each]
            slot = number * _LONG_FACTOR >> _LONG_SHIFT & _LONG_MASK
            long_older[slot] = long[slot]
            long[slot] = each + origin
            slot = (number & LOW_32) * _SHORT_FACTOR >> _SHORT_SHIFT & _SHORT_MASK
            short_older[slot] = short[slot]
            short[slot] = each + origin
