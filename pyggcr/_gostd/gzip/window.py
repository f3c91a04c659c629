"""The bytes that a match finder sees: a block and at least the 32 KiB before it.

Beside them, prepared for all places at once: the number that begins there, which is what finders
compare, and the slots of hash tables where the place belongs.
"""

from __future__ import annotations

import sys
from array import array

from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, MAX_STORED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, NamedTuple
else:
    from pyggcr._typing import NamedTuple


__all__ = ["Hash", "HashedWindow", "Window", "match_end"]

# History and block are at most so long, else history is cut down to what a match can reach. It
# shows in the bytes where Go takes a distance for a place (level4), so it has to be Go's size.
_CAPACITY = 5 * MAX_STORED  # allocHistory

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

    __slots__ = ("_width", "data", "numbers", "start")

    def __init__(self, width: int) -> None:
        """Choose how many bytes make a number."""
        self._width = width
        self.data = b""
        self.start = 0
        self.numbers = numbers(b"", 0, width)

    def append(self, block: bytes) -> int:
        """Move on to the next block; by how much that shifts the places of earlier bytes."""
        full = len(self.data) + len(block) > _CAPACITY
        shift = len(self.data) - MAX_DISTANCE if full else 0
        self.data = self.data[shift:] + block
        self.start = len(self.data) - len(block)
        del self.numbers[:shift]
        # The last numbers had to do without bytes of this block.
        del self.numbers[max(0, self.start - self._width + 1) :]
        self.numbers += numbers(self.data, len(self.numbers), self._width)
        return shift


class Hash(NamedTuple):
    """A hash of so many bytes, which says the slot in a table: the upper bits of a product."""

    width: int
    factor: int
    bits: int
    byteorder: Literal["little", "big"] = "little"

    def slots(self, data: bytes, first: int) -> list[int]:
        """The slot of each place from ``first`` on; zeros follow the end."""
        factor, shift, mask = self.factor, 8 * self.width - self.bits, (1 << self.bits) - 1
        return [
            number * factor >> shift & mask
            for number in numbers(data, first, self.width, self.byteorder)
        ]


class HashedWindow(Window):
    """A window of 4-byte numbers.

    Attributes:
        slots: for each hash, the slot of each place in ``data``.
    """

    __slots__ = ("_hashes", "slots")

    def __init__(self, *hashes: Hash) -> None:
        super().__init__(4)
        self._hashes = hashes
        self.slots: list[list[int]] = [[] for _ in hashes]

    def append(self, block: bytes) -> int:
        """Move on to the next block; by how much that shifts the places of earlier bytes."""
        shift = super().append(block)
        for slots, each in zip(self.slots, self._hashes, strict=True):
            del slots[:shift]
            del slots[max(0, self.start - each.width + 1) :]
            slots += each.slots(self.data, len(slots))
        return shift


def numbers(
    data: bytes, first: int, width: int, byteorder: Literal["little", "big"] = "little"
) -> array[int]:
    """The number of ``width`` bytes at each place from ``first`` on; zeros follow the end."""
    found = array("I" if width <= 4 else "Q")
    size = found.itemsize
    count = len(data) - first
    data = data[first:] + bytes(width)
    packed = bytearray(count * size)
    for byte in range(width):
        place = byte if byteorder == "little" else width - 1 - byte
        lane = place if sys.byteorder == "little" else size - 1 - place
        packed[lane::size] = data[byte : byte + count]
    found.frombytes(packed)
    return found


def match_end(data: bytes | bytearray, at: int, earlier: int, end: int) -> int:
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
