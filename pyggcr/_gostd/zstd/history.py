# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The block that is searched and the bytes before it, as far as a match can reach.

Places are counted from where the block begins, so those of the history are negative. Tables hold
places of the stream, which is ``History.origin`` more.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.window import match_end, numbers

__all__ = ["LOW_32", "NOWHERE", "OWN_OFFSETS", "Found", "History"]

MIN_MATCH = 3  # zstdMinMatch: what a stored length lacks
MAX_MATCH = 131_074  # maxMatchLength
REPEATS = 3  # offsets are stored so much higher: 1 to 3 stand for the last ones

LOW_32 = (1 << 32) - 1
NOWHERE = -(1 << 40)  # the place in an empty slot: further away than any match

# Matches may repeat an offset once the block has so many and one more: none is another block's.
OWN_OFFSETS = 2


class History:
    """One block after the other.

    Attributes:
        numbers: the little-endian number of the eight bytes at each place of the block; zeros
            follow the end.
        origin: where in the stream the block begins.
        size: of the block.
    """

    __slots__ = ("_data", "_start", "_window", "numbers", "origin", "size")

    def __init__(self, window: int) -> None:
        """Choose how far back a match may reach."""
        self._window = window
        self._data = bytearray()
        self._start = 0
        self.origin = 0
        self.size = 0
        self.numbers = numbers(b"", 0, 8)

    def append(self, block: bytes) -> None:
        """Move on to the next block."""
        self.origin += self.size
        self.size = len(block)
        data = self._data
        if len(data) + len(block) > 2 * self._window:
            del data[: len(data) - self._window]
        self._start = len(data)
        data += block
        self.numbers = numbers(block, 0, 8)

    def common(self, at: int, distance: int) -> int:
        """How many bytes from a place on are those that lie so far before them."""
        at += self._start
        return match_end(self._data, at, at - distance, len(self._data)) - at

    def same(self, at: int, distance: int, width: int = 4) -> bool:
        """Whether some bytes are those that lie so far before them."""
        at += self._start
        data = self._data
        return data[at : at + width] == data[at - distance : at - distance + width]

    def before(self, at: int, distance: int, searched: int, most: int) -> int:
        """How many bytes in front of a place, at most so many, are alike too.

        As Go does, it goes back no further than the window of the place that was searched.
        """
        floor = max(searched + self.origin - self._window, 0)
        most = min(most, at + self.origin - distance - floor)
        at += self._start - 1
        data = self._data
        count = 0
        while count < most and data[at - count] == data[at - count - distance]:
            count += 1
        return count

    def is_repeated(self) -> bool:
        """Whether the block is one byte over and over, and long enough for a match."""
        return self.size > MIN_MATCH and self.common(1, 1) == self.size - 1


class Found:
    """The matches of a block so far (``blockEnc``).

    Attributes:
        emitted: where the last one ends.
        runs: how many literals are in front of each.
        lengths: less ``MIN_MATCH``.
        offsets: plus ``REPEATS``, or the number of a repeated one.
    """

    __slots__ = ("_block", "_literals", "emitted", "lengths", "offsets", "runs")

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._literals = bytearray()
        self.emitted = 0
        self.runs: list[int] = []
        self.lengths: list[int] = []
        self.offsets: list[int] = []

    def __len__(self) -> int:
        return len(self.runs)

    def add(self, at: int, length: int, offset: int) -> None:
        """Take a match, with its offset as it is stored."""
        self._literals += self._block[self.emitted : at]
        self.runs.append(at - self.emitted)
        self.lengths.append(length - MIN_MATCH)
        self.offsets.append(offset)
        self.emitted = at + length

    def literals(self) -> bytes:
        """All literals, with those after the last match."""
        return bytes(self._literals) + self._block[self.emitted :]
