# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Levels 7 to 9 of Go 1.27: compress/flate's deflate.go, deflateLazy and what it calls.

As in ``deflate`` chains are followed, and a match waits for a better one at the next place. Here
one that agrees with what follows the match may replace it, and long runs of literals are not
searched at each place. Level 9 weighs matches by what their bytes would take as literals.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from pyggcr._gostd.gzip.chains import HALF, LOOKED_FOR, Chains, Pending
from pyggcr._gostd.gzip.fastgen import hash4
from pyggcr._gostd.gzip.huffman import Code
from pyggcr._gostd.gzip.tokens import (
    MAX_DISTANCE,
    MAX_MATCH,
    MIN_MATCH,
    histogram,
    length_code,
    length_extra_bits,
    offset_code,
    offset_extra_bits,
)
from pyggcr._gostd.gzip.window import match_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from pyggcr._gostd.gzip.blocks127 import BlockWriter
else:
    from pyggcr._typing import NamedTuple

__all__ = ["LazyEncoder"]

_HASH = hash4(17)
_BLOCK_TOKENS = 1 << 15  # maxFlateBlockTokens

# How many bytes at its start a better match may have wrong; they become literals then.
_SKIPPED_START = 2

_COUNTER_MASK = 0xFFFF  # Go counts literals in 16 bits, so after 64 KiB it starts anew
_SKIP_SHIFT = 6

# What a match costs beside extra bits, and what it has to gain at least.
_MATCH_COST = 3
_MIN_GAIN = 4
_LARGEST_DISTANCE_BITS = 6


class _Level(NamedTuple):
    """How thorough a level is (``compressionLevel``).

    Attributes:
        lazy: a match that is shorter waits for a better one.
        nice: a match of that length ends the search.
        chain: how many places are tried.
        weighs: whether matches are weighed by what they gain.
    """

    lazy: int
    nice: int
    chain: int
    weighs: bool = False


_LEVELS = {
    7: _Level(12, 16, 24),
    8: _Level(30, 40, 64),
    9: _Level(258, 258, 1024, weighs=True),
}


class LazyEncoder:
    """Encodes a stream half a window at a time."""

    block_size = HALF

    def __init__(self, level: int, blocks: BlockWriter) -> None:
        self._level = _LEVELS[level]
        self._blocks = blocks
        self._chains = Chains(_HASH)
        self._pending = Pending(_BLOCK_TOKENS)
        self._at = 0
        self._end = 0
        self._last = False
        # The match that waits for a better one, if long enough; it begins at the place before.
        self._length = LOOKED_FOR - 1
        self._distance = 0
        # Whether the byte before waits too, as a literal or the start of a match.
        self._waits = False
        self._literals = 0  # since the last match
        # What the bytes from a place on, up to each other place, would take as literals.
        self._costs: list[int] = []
        self._costs_start = 0

    def encode(self, block: bytes, *, last: bool) -> None:
        """Add half a window, and search through the window if it is full."""
        self._chains.append(block)
        self._end = len(self._chains.data)
        self._last = last
        if last or self._chains.is_full:
            if self._level.weighs:
                self._weigh_literals()
            self._search()
        if last:
            if self._end > self._pending.start:
                self._write(self._end)
        elif self._chains.is_full:
            shift = self._chains.slide()
            self._pending.shift(shift)
            self._at -= shift

    def finish(self) -> None:
        """End the stream."""
        self._blocks.finish()

    def _write(self, end: int) -> None:
        """Write the block of what is pending (``writeBlock``)."""
        chains, start = self._chains, self._pending.start
        block = chains.data[start:end] if start >= chains.floor else None
        tokens = self._pending.take(chains.data, end)
        self._blocks.write_dynamic(tokens, block, last=self._last)

    def _write_if_full(self) -> None:
        """Write the block if the byte before makes it full, as a literal."""
        if self._at == self._pending.full_at:
            self._write(self._at)

    def _weigh_literals(self) -> None:
        """Take the next bytes' Huffman code for what a literal costs."""
        self._costs_start = self._at
        ahead = self._chains.data[self._at :]
        lengths = Code.of(histogram(ahead[:_BLOCK_TOKENS])[:256]).lengths
        each = [max(1, length) for length in lengths]
        self._costs = list(accumulate(map(each.__getitem__, ahead), initial=0))

    def _search(self) -> None:
        """Search up to where a match might go on behind the window, or to the end."""
        chains, lazy = self._chains, self._level.lazy
        hashed_end = self._end - LOOKED_FOR + 1
        stop = self._end if self._last else self._end - LOOKED_FOR - MAX_MATCH + 1
        while self._at < stop:
            at = self._at
            before, distance_before = self._length, self._distance
            length = LOOKED_FOR - 1
            if at < hashed_end:
                slot = chains.slots[at]
                earlier = chains.heads[slot]
                chains.previous[at] = earlier
                chains.heads[slot] = at
                if (
                    before < lazy
                    and earlier >= chains.floor
                    and earlier >= at - HALF
                    and self._end - at > before
                ):
                    length, self._distance = self._longest(at, earlier)
            if before >= LOOKED_FOR and length <= before:
                self._take(before, distance_before)
                continue
            self._length = length
            if length >= LOOKED_FOR:
                self._literals = 0
            if self._waits:
                self._literals = self._literals + 1 & _COUNTER_MASK
                self._write_if_full()
                self._at += 1
                self._skip_literals()
            else:
                self._at += 1
                self._waits = True

    def _take(self, length: int, distance: int) -> None:
        """Take the match that waits, or the one that replaces it."""
        length, distance = self._bettered(length, distance)
        start = self._at - 1
        full = self._pending.add(self._chains.data, start, length, distance)
        hashed_end = self._end - LOOKED_FOR + 1
        self._chains.insert(self._at + 1, min(start + length, hashed_end))
        self._at = start + length
        self._waits = False
        self._length = LOOKED_FOR - 1
        self._literals = 0
        if full:
            self._write(self._at)

    def _bettered(self, length: int, distance: int) -> tuple[int, int]:
        """The match, or a longer one that agrees with what follows it (``tryBetterMatchAtEnd``).

        The latter may begin later; then the bytes before it become literals.
        """
        chains = self._chains
        data, start = chains.data, self._at - 1
        if length >= MAX_MATCH - _SKIPPED_START or start + length >= self._end - LOOKED_FOR + 1:
            return length, distance
        earlier = chains.heads[chains.slots[start + length]] - length
        furthest = max(self._at - HALF, chains.floor)
        if start - earlier == distance or earlier <= furthest + _SKIPPED_START:
            return length, distance
        at = start + _SKIPPED_START
        end = min(self._end - 1, start + MAX_MATCH + _SKIPPED_START)
        longer = match_end(data, at, earlier + _SKIPPED_START, end) - at
        if longer <= length:
            return length, distance
        for skipped in range(_SKIPPED_START, 0, -1):
            place = skipped - 1
            if longer >= MAX_MATCH or data[start + place] != data[earlier + place]:
                for _ in range(skipped):
                    self._write_if_full()
                    self._at += 1
                    self._insert()
                break
            longer += 1
        return longer, start - earlier

    def _insert(self) -> None:
        if self._at < self._end - LOOKED_FOR + 1:
            self._chains.insert(self._at, self._at + 1)

    def _skip_literals(self) -> None:
        """Take some bytes for literals where none of many had a match (``skipLiterals``)."""
        excess = self._literals - self._level.chain
        if excess <= 0:
            return
        for _ in range(1 + (excess >> _SKIP_SHIFT)):
            if self._at >= self._end - 1:
                break
            self._write_if_full()
            self._insert()
            self._at += 1
        self._waits = False
        self._write_if_full()

    def _longest(self, at: int, earlier: int) -> tuple[int, int]:
        """Length and distance of the best match in a chain (``findMatch``).

        The length is less than ``LOOKED_FOR`` if there is none.
        """
        data, previous = self._chains.data, self._chains.previous
        longest = min(MAX_MATCH, self._end - at)
        nice = min(self._level.nice, longest)
        furthest = max(at - HALF, self._chains.floor)
        length, distance = LOOKED_FOR - 1, 0
        gain = _MIN_GAIN if self._level.weighs else length
        needed = self._needed(at, at - earlier, length, gain)
        if needed > longest:
            return length, distance
        # The byte that a better match needs tells most of the others apart.
        known = needed - 1
        start, wanted = data[at : at + known], data[at + known]
        for _ in range(self._level.chain):
            if data[earlier + known] == wanted and data[earlier : earlier + known] == start:
                end = match_end(data, at + needed, earlier + needed, at + longest)
                new_gain = self._gain(at, end, at - earlier)
                if new_gain > gain:
                    gain, length, distance = new_gain, end - at, at - earlier
                    needed = self._needed(at, distance, length, gain)
                    if length >= nice or needed > longest:
                        break
                    known = needed - 1
                    start, wanted = data[at : at + known], data[at + known]
            earlier = previous[earlier]
            if earlier < furthest:
                break
        return length, distance

    def _gain(self, at: int, end: int, distance: int) -> int:
        """How many bits a match saves, by and large; how long it is, where that is not weighed."""
        if not self._level.weighs:
            return end - at
        first = at - self._costs_start
        literals = self._costs[first + end - at] - self._costs[first]
        length_bits = length_extra_bits[length_code(end - at - MIN_MATCH)]
        return literals - _distance_bits(distance) - _MATCH_COST - length_bits

    def _needed(self, at: int, distance: int, length: int, gain: int) -> int:
        """How long a match this far away, or further, has to be to be longer and to gain more."""
        if not self._level.weighs:
            return length + 1
        first = at - self._costs_start
        bits = min(_distance_bits(distance), _LARGEST_DISTANCE_BITS)
        least = self._costs[first] + bits + _MATCH_COST + gain
        return max(length + 1, bisect_right(self._costs, least, first) - first)


def _distance_bits(distance: int) -> int:
    """Extra bits of a distance when it is weighed."""
    # Go does not take one from the distance here, and its table ends before the largest one.
    if distance == MAX_DISTANCE:
        return _LARGEST_DISTANCE_BITS
    return offset_extra_bits[offset_code(distance)]
