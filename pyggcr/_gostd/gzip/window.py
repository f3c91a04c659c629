"""The bytes that a match finder sees: a block and the 32 KiB before it."""

from __future__ import annotations

import sys
from array import array

from pyggcr._gostd.gzip.tokens import MAX_DISTANCE

__all__ = ["Window", "match_length"]

_FIRST_STEP = 16


class Window:
    """History and block in one buffer.

    Attributes:
        data: the bytes.
        start: where the block begins in ``data``.
        origin: the position of ``data[0]`` in the stream.
        words: ``words[at & 3][at >> 2]`` is the 32-bit little-endian number at ``at``.
    """

    __slots__ = ("data", "origin", "start", "words")

    def __init__(self, history: bytes, block: bytes, position: int) -> None:
        """Take the tail of what came before, the block, and the block's place in the stream."""
        self.data = history + block
        self.start = len(history)
        self.origin = position - len(history)
        self.words = [_words(self.data, shift) for shift in range(4)]

    def history(self) -> bytes:
        """What the next block may refer to."""
        return self.data[-MAX_DISTANCE:]


def _words(data: bytes, shift: int) -> array[int]:
    words = array("I", data[shift : shift + (len(data) - shift) // 4 * 4])
    if sys.byteorder == "big":
        words.byteswap()
    return words


def match_length(data: bytes, at: int, earlier: int, end: int) -> int:
    """How many bytes from ``at`` on, before ``end``, equal those from ``earlier`` on."""
    start = at
    step = _FIRST_STEP
    while at < end:
        size = min(step, end - at)
        here = data[at : at + size]
        there = data[earlier : earlier + size]
        if here != there:
            difference = int.from_bytes(here, "little") ^ int.from_bytes(there, "little")
            return at - start + (((difference & -difference).bit_length() - 1) >> 3)
        at += size
        earlier += size
        step *= 8
    return at - start
