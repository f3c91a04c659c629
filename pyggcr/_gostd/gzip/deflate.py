# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Levels 2 to 9 of Go 1.21 to 1.26: compress/flate's deflate.go.

Chains of places with the same hash are followed, the longer the higher the level; from level 4
on a match waits for a better one at the next place. Go's bytes depend, if rarely, on the pieces
in which data comes; these are Go's for pieces of 32 KiB, as ``io.Copy`` makes them of a file, or
for one piece.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.chains import HALF, LOOKED_FOR, Chains, Pending
from pyggcr._gostd.gzip.tokens import MAX_MATCH
from pyggcr._gostd.gzip.window import Hash, match_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from pyggcr._gostd.gzip.blocks126 import BlockWriter
else:
    from pyggcr._typing import NamedTuple

__all__ = ["DeflateEncoder"]

_HASH = Hash(4, 0x1E35A7BD, 17, "big")
_BLOCK_TOKENS = 1 << 14  # maxFlateBlockTokens
_MAX_DISTANCE_OF_SHORTEST = 4096  # further away, a match of four bytes does not gain


class _Level(NamedTuple):
    """How thorough a level is (``compressionLevel``, less what has no effect).

    Attributes:
        lazy: a match that is shorter waits for a better one; 0 if none does.
        nice: a match of that length ends the search.
        chain: how many places are tried.
        indexed: in longer matches no places are remembered (only where no match waits).
    """

    lazy: int
    nice: int
    chain: int
    indexed: int = 0


_LEVELS = {
    2: _Level(0, 16, 8, 5),
    3: _Level(0, 32, 32, 6),
    4: _Level(4, 16, 16),
    5: _Level(16, 32, 32),
    6: _Level(16, 128, 128),
    7: _Level(32, 128, 256),
    8: _Level(128, 258, 1024),
    9: _Level(258, 258, 4096),
}


class DeflateEncoder:
    """Encodes a stream half a window at a time."""

    block_size = HALF

    def __init__(self, level: int, blocks: BlockWriter) -> None:
        self._level = _LEVELS[level]
        self._blocks = blocks
        self._chains = Chains(_HASH)
        self._pending = Pending(_BLOCK_TOKENS)
        self._at = 0
        # The match that waits for a better one, if long enough; it begins at the place before.
        self._length = LOOKED_FOR - 1
        self._distance = 0
        # Whether the byte before waits too, as a literal or the start of a match.
        self._waits = False

    def encode(self, block: bytes, *, last: bool) -> None:
        """Add half a window, and search through the window if it is full."""
        self._chains.append(block)
        if last or self._chains.is_full:
            if self._level.lazy:
                self._search_lazily(last=last)
            else:
                self._search(last=last)
        if last:
            end = len(self._chains.data)
            if end > self._pending.start:
                self._write(end)
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
        self._blocks.write_smallest(self._pending.take(chains.data, end), block)

    def _search(self, *, last: bool) -> None:
        """Take the first match, always."""
        chains, pending, indexed = self._chains, self._pending, self._level.indexed
        data, slots, heads, previous = chains.data, chains.slots, chains.heads, chains.previous
        at = self._at
        end = len(data)
        hashed_end = end - LOOKED_FOR + 1
        stop = end if last else end - LOOKED_FOR - MAX_MATCH + 1
        while at < stop:
            length = LOOKED_FOR - 1
            if at < hashed_end:
                slot = slots[at]
                earlier = heads[slot]
                previous[at] = earlier
                heads[slot] = at
                if earlier >= chains.floor and earlier >= at - HALF:
                    length, distance = self._longest(at, earlier)
            if length >= LOOKED_FOR:
                full = pending.add(data, at, length, distance)
                if length <= indexed:
                    chains.insert(at + 1, min(at + length, hashed_end))
                at += length
                if full:
                    self._write(at)
            else:
                at += 1
                if at == pending.full_at:
                    self._write(at)
        self._at = at

    def _search_lazily(self, *, last: bool) -> None:
        """Take a match unless there is a better one at the next place."""
        chains, pending, lazy = self._chains, self._pending, self._level.lazy
        data, slots, heads, previous = chains.data, chains.slots, chains.heads, chains.previous
        at, length, distance, waits = self._at, self._length, self._distance, self._waits
        end = len(data)
        hashed_end = end - LOOKED_FOR + 1
        stop = end if last else end - LOOKED_FOR - MAX_MATCH + 1
        while at < stop:
            before, distance_before = length, distance
            length = LOOKED_FOR - 1
            if at < hashed_end:
                slot = slots[at]
                earlier = heads[slot]
                previous[at] = earlier
                heads[slot] = at
                if (
                    before < lazy
                    and earlier >= chains.floor
                    and earlier >= at - HALF
                    and end - at > before
                ):
                    length, distance = self._longest(at, earlier)
            if before >= LOOKED_FOR and length <= before:
                full = pending.add(data, at - 1, before, distance_before)
                chains.insert(at + 1, min(at - 1 + before, hashed_end))
                at += before - 1
                waits = False
                length = LOOKED_FOR - 1
                if full:
                    self._write(at)
            else:
                if waits and at == pending.full_at:
                    self._write(at)
                at += 1
                waits = True
        self._at, self._length, self._distance, self._waits = at, length, distance, waits

    def _longest(self, at: int, earlier: int) -> tuple[int, int]:
        """Length and distance of the longest match in a chain (``findMatch``).

        The length is less than ``LOOKED_FOR`` if there is none.
        """
        data, previous = self._chains.data, self._chains.previous
        longest = min(MAX_MATCH, len(data) - at)
        nice = min(self._level.nice, longest)
        furthest = max(at - HALF, self._chains.floor)
        length, distance = LOOKED_FOR - 1, 0
        # The byte that a longer match needs tells most of the others apart.
        start, wanted = data[at : at + length], data[at + length]
        for _ in range(self._level.chain):
            if data[earlier + length] == wanted and data[earlier : earlier + length] == start:
                end = match_end(data, at + length + 1, earlier + length + 1, at + longest)
                if end - at > LOOKED_FOR or at - earlier <= _MAX_DISTANCE_OF_SHORTEST:
                    length, distance = end - at, at - earlier
                    if length >= nice:
                        break
                    start, wanted = data[at:end], data[end]
            earlier = previous[earlier]
            if earlier < furthest:
                break
        return length, distance
