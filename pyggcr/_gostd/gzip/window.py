"""The bytes that a match finder sees: a block and at least the 32 KiB before it.

Beside them the number that begins at each place, which is what finders hash and compare.
"""

from __future__ import annotations

import sys
from array import array

from pyggcr._gostd.gzip.tokens import MAX_DISTANCE

__all__ = ["Window", "match_end"]

# Once there is more history than this, it is cut down to what a match can reach. It costs a
# finder a pass over its table, so it should not happen with each block.
_MAX_HISTORY = 1 << 19

# Most matches are short, and long ones are very long.
_FIRST_STEP = 16
_STEP_GROWTH = 16


class Window:
    """History and block in one buffer.

    Attributes:
        data: the bytes.
        start: where the block begins in ``data``.
        numbers: the little-endian number of ``width`` bytes at each place in ``data``; zeros
            follow the end.
    """

    __slots__ = ("_type", "_width", "data", "numbers", "start")

    def __init__(self, width: int) -> None:
        """Choose how many bytes make a number."""
        self._width = width
        self._type = "I" if width <= 4 else "Q"
        self.data = b""
        self.start = 0
        self.numbers: array[int] = array(self._type)

    def append(self, block: bytes) -> int:
        """Move on to the next block; by how much that shifts the places of earlier bytes."""
        shift = len(self.data) - MAX_DISTANCE if len(self.data) > _MAX_HISTORY else 0
        self.data = self.data[shift:] + block
        self.start = len(self.data) - len(block)
        del self.numbers[:shift]
        # The last numbers had to do without bytes of this block.
        del self.numbers[max(0, self.start - self._width + 1) :]
        self._append_numbers(len(self.numbers))
        return shift

    def _append_numbers(self, first: int) -> None:
        size = self.numbers.itemsize
        data = self.data[first:] + bytes(self._width)
        count = len(self.data) - first
        packed = bytearray(count * size)
        for byte in range(self._width):
            lane = byte if sys.byteorder == "little" else size - 1 - byte
            packed[lane::size] = data[byte : byte + count]
        self.numbers.frombytes(packed)


def match_end(data: bytes, at: int, earlier: int, end: int) -> int:
    """Where the bytes from ``at`` on stop being those from ``earlier`` on, at most at ``end``."""
    step = _FIRST_STEP
    while at < end:
        here = data[at : min(at + step, end)]
        there = data[earlier : earlier + len(here)]
        if here != there:
            difference = int.from_bytes(here, "little") ^ int.from_bytes(there, "little")
            return at + (((difference & -difference).bit_length() - 1) >> 3)
        at += step
        earlier += step
        step *= _STEP_GROWTH
    return end
