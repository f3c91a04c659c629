# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""What a match finder makes of a block: literals and matches, counted and written.

Lengths and distances are split into codes and extra bits as RFC 1951, section 3.2.5, says.
"""

from __future__ import annotations

import functools
from array import array
from collections import Counter

from pyggcr._gostd.gzip.bits import number
from pyggcr._gostd.gzip.huffman import LITERALS, OFFSETS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr._gostd.gzip.huffman import Code

__all__ = [
    "MAX_DISTANCE",
    "MAX_MATCH",
    "MAX_STORED",
    "MIN_MATCH",
    "Tokens",
    "extra_size",
    "histogram",
    "length_code",
    "length_extra_bits",
    "offset_code",
    "offset_extra_bits",
    "stored_size",
]

MAX_DISTANCE = 32_768
MIN_MATCH = 3
MAX_MATCH = 258
MAX_STORED = 65_535  # bytes; a stored block tells its size in 16 bits (RFC 1951, section 3.2.4)
_LITERAL_BYTES = 256
_FIRST_LENGTH = 257
_NOT_STORABLE = 1 << 62

length_extra_bits = (*(0,) * 8, *(b for b in range(1, 6) for _ in range(4)), 0)
offset_extra_bits = (0, 0, *(b for b in range(14) for _ in range(2)))


def _ranges(extra_bits: tuple[int, ...]) -> list[tuple[int, int]]:
    """For each value from 0 on: its code, and what is added to the code's base."""
    return [(code, rest) for code, bits in enumerate(extra_bits) for rest in range(1 << bits)]


@functools.cache
def _length_table() -> tuple[list[int], list[str]]:
    """Code and extra bits by length minus 3; 258 has a code of its own."""
    ranges = _ranges(length_extra_bits)[: MAX_MATCH - MIN_MATCH]
    ranges.append((len(length_extra_bits) - 1, 0))
    return (
        [code for code, _ in ranges],
        [number(rest, length_extra_bits[code]) for code, rest in ranges],
    )


@functools.cache
def _offset_table() -> tuple[array[int], list[str]]:
    """Code and extra bits by distance minus 1."""
    ranges = _ranges(offset_extra_bits)
    texts = {bits: [number(rest, bits) for rest in range(1 << bits)] for bits in range(14)}
    return (
        array("B", [code for code, _ in ranges]),
        [texts[offset_extra_bits[code]][rest] for code, rest in ranges],
    )


def length_code(length: int) -> int:
    """The code of a length minus 3, counted from the first length code on."""
    return _length_table()[0][length]


def offset_code(offset: int) -> int:
    """The code of a distance minus 1."""
    return _offset_table()[0][offset]


class Tokens:
    """A block as runs of literals, each followed by a match; the last run has none."""

    __slots__ = ("_lengths", "_offsets", "_runs", "literals", "matches")

    def __init__(self, runs: list[bytes], lengths: list[int], offsets: list[int]) -> None:
        """Take the runs, one more than matches, and each match's length - 3 and distance - 1."""
        self._runs = runs
        self._lengths = lengths
        self._offsets = offsets
        self.literals = b"".join(runs)
        self.matches = len(lengths)

    def __len__(self) -> int:
        return len(self.literals) + self.matches

    def literal_frequencies(self) -> list[int]:
        """How often each literal and each length code occurs; the end of block does once."""
        frequencies = histogram(self.literals)
        codes = _length_table()[0]
        for length, count in Counter(self._lengths).items():
            frequencies[_FIRST_LENGTH + codes[length]] += count
        return frequencies

    def offset_frequencies(self) -> list[int]:
        """How often each distance code occurs."""
        codes = _offset_table()[0]
        frequencies = [0] * OFFSETS
        for code, count in Counter(map(codes.__getitem__, self._offsets)).items():
            frequencies[code] = count
        return frequencies

    def bits(self, literals: Code, offsets: Code) -> str:
        """The block's content in these codes, without the end of block."""
        length_codes, length_extra = _length_table()
        offset_codes, offset_extra = _offset_table()
        offset_bits = offsets.bits
        lengths = {
            length: literals.bits[_FIRST_LENGTH + length_codes[length]] + length_extra[length]
            for length in set(self._lengths)
        }
        # Numbers below 256 stand for literals, 256 for the first match, and so on; the last run
        # is followed by nothing.
        texts = literals.bits[:_LITERAL_BYTES]
        texts += [
            lengths[length] + offset_bits[offset_codes[offset]] + offset_extra[offset]
            for length, offset in zip(self._lengths, self._offsets, strict=True)
        ]
        texts.append("")
        order: list[int] = []
        for match, run in enumerate(self._runs, _LITERAL_BYTES):
            order += run
            order.append(match)
        return "".join(map(texts.__getitem__, order))


def histogram(data: bytes) -> list[int]:
    """How often each byte occurs, in the literal alphabet; the end of block does once."""
    frequencies = [0] * LITERALS
    for byte, count in Counter(data).items():
        frequencies[byte] = count
    frequencies[256] = 1
    return frequencies


def extra_size(literals: Sequence[int], offsets: Sequence[int]) -> int:
    """Bits that lengths and distances of these frequencies take beyond their codes."""
    return sum(
        count * bits for count, bits in zip(literals[257:], length_extra_bits, strict=True)
    ) + sum(count * bits for count, bits in zip(offsets, offset_extra_bits, strict=True))


def stored_size(block: bytes | None) -> int:
    """Bits that a block takes when it is stored; more than any other way where that cannot be."""
    if block is None or len(block) > MAX_STORED:
        return _NOT_STORABLE
    return (len(block) + 5) * 8
