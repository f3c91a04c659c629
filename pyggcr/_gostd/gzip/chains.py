# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The window and hash chains of the thorough levels (compress/flate's deflate.go).

Go's window holds 64 KiB. When it is full and searched through, its older half is dropped; what
was in it is then out of reach, though it might be near enough for a match, and a block that began
in it cannot be stored. ``floor`` is where Go's window begins.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, MIN_MATCH, Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip.window import Hash

__all__ = ["HALF", "LOOKED_FOR", "Chains", "Pending"]

HALF = MAX_DISTANCE  # windowSize: the window is twice as long
LOOKED_FOR = 4  # the shortest match that is looked for

_NOWHERE = -(1 << 40)  # the place in an empty slot: further away than any match
# Once so much lies before the window, it is dropped, and all places change.
_MAX_BEHIND = 1 << 19


class Chains:
    """Bytes, and for each place the one before it that has the same hash.

    Attributes:
        data: the bytes, of which Go's window is the part from ``floor`` on.
        slots: the hash of the four bytes at each place.
        heads: for each hash, the last place that was inserted.
        previous: for each place that was inserted, the one before it with the same hash.
    """

    def __init__(self, hash_: Hash) -> None:
        self._hash = hash_
        self.data = b""
        self.slots: list[int] = []
        self.heads = [_NOWHERE] * (1 << hash_.bits)
        self.previous: list[int] = []
        self.floor = 0

    @property
    def is_full(self) -> bool:
        """Whether Go's window is."""
        return len(self.data) - self.floor >= 2 * HALF

    def append(self, piece: bytes) -> None:
        """Add bytes to the window, which has to have room for them."""
        self.data += piece
        # The last slots had to do without these bytes.
        del self.slots[max(0, len(self.slots) - LOOKED_FOR + 1) :]
        self.slots += self._hash.slots(self.data, len(self.slots))
        self.previous += [_NOWHERE] * len(piece)

    def insert(self, start: int, end: int) -> None:
        """Enter places into the chains."""
        slots, heads, previous = self.slots, self.heads, self.previous
        for at in range(start, end):
            slot = slots[at]
            previous[at] = heads[slot]
            heads[slot] = at

    def slide(self) -> int:
        """Drop the window's older half; by how much that shifts all places."""
        self.floor += HALF
        # Literals that are not written yet may be older than the window.
        shift = self.floor - HALF
        if shift < _MAX_BEHIND:
            return 0
        self.floor -= shift
        self.data = self.data[shift:]
        del self.slots[:shift]
        self.heads = [place - shift for place in self.heads]
        self.previous = [place - shift for place in self.previous[shift:]]
        return shift


class Pending:
    """Tokens that wait for their block to be full.

    Attributes:
        start: where the block begins.
        emitted: where the last match ends; what follows are literals.
        full_at: the place where literals, if nothing else comes, make the block full.
    """

    def __init__(self, size: int) -> None:
        """Choose how many tokens make a block full."""
        self._size = size
        self.start = 0
        self.emitted = 0
        self._begin()

    def _begin(self) -> None:
        self._runs: list[bytes] = []
        self._lengths: list[int] = []
        self._offsets: list[int] = []
        self.full_at = self.emitted + self._size

    def shift(self, shift: int) -> None:
        """Follow places that have changed."""
        self.start -= shift
        self.emitted -= shift
        self.full_at -= shift

    def add(self, data: bytes, at: int, length: int, distance: int) -> bool:
        """Add the literals up to a match, and the match; whether the block is full."""
        self._runs.append(data[self.emitted : at])
        self._lengths.append(length - MIN_MATCH)
        self._offsets.append(distance - 1)
        self.emitted = at + length
        # A match of many bytes is one token.
        self.full_at += length - 1
        return self.full_at == self.emitted

    def take(self, data: bytes, end: int) -> Tokens:
        """The block, with the literals up to ``end``, where the next one begins."""
        tokens = Tokens([*self._runs, data[self.emitted : end]], self._lengths, self._offsets)
        self.start = self.emitted = end
        self._begin()
        return tokens
