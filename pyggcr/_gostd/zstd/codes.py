# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The codes of sequences (RFC 8878, section 3.1.1.3.2.1) and their predefined tables.

A code stands for a range of lengths or offsets; so many bits more say which of them.
"""

from __future__ import annotations

from pyggcr._gostd.zstd.fse import Table

__all__ = [
    "LENGTH_BITS",
    "LENGTH_COSTS",
    "LITERALS_BITS",
    "OFFSET_BITS",
    "OFFSET_COSTS",
    "PREDEFINED",
    "length_code",
    "literals_code",
]

_LARGEST_BITS = (7, 8, 9, 10, 11, 12, 13, 14, 15, 16)

LITERALS_BITS = (*[0] * 16, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, *_LARGEST_BITS)
LENGTH_BITS = (*[0] * 32, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, *_LARGEST_BITS)
OFFSET_BITS = tuple(range(32))


def _codes(bits: tuple[int, ...], largest: int) -> list[int]:
    """The code of each small number."""
    codes = [code for code, each in enumerate(bits) for _ in range(1 << each if each < 7 else 0)]
    return codes[:largest]


_SMALL_LITERALS = _codes(LITERALS_BITS, 64)
_SMALL_LENGTHS = _codes(LENGTH_BITS, 128)


def literals_code(count: int) -> int:
    """The code of how many literals are in front of a match (``llCode``)."""
    return _SMALL_LITERALS[count] if count < 64 else count.bit_length() + 18


def length_code(length: int) -> int:
    """The code of a match's stored length (``mlCode``)."""
    return _SMALL_LENGTHS[length] if length < 128 else length.bit_length() + 35


# The default distributions (RFC 8878, section 3.1.1.3.2.2): literals, offsets, lengths.
PREDEFINED = (
    Table.of(
        [4, 3, *[2] * 11, 1, 1, 1, *[2] * 9, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
        6,
    ),
    Table.of([*[1] * 6, 2, 2, 2, *[1] * 15, *[-1] * 5], 5),
    Table.of([1, 4, 3, *[2] * 6, *[1] * 37, *[-1] * 7], 6),
)


def _costs(table: Table, bits: tuple[int, ...]) -> list[int]:
    """Bits of each code in a predefined table, those behind it included (``estBits``)."""
    return [(delta >> 16) + each for (delta, _), each in zip(table.transforms, bits, strict=False)]


OFFSET_COSTS = _costs(PREDEFINED[1], OFFSET_BITS)
LENGTH_COSTS = _costs(PREDEFINED[2], LENGTH_BITS)
