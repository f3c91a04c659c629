# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Huffman codes as Go's compress/flate builds them: lengths, codes, and the header of a block.

Go limits lengths by package-merge; where a leaf and a package weigh the same, the package comes
first. The result decides every byte of a block, so ties matter as much as optimality.
"""

from __future__ import annotations

import functools

from pyggcr._gostd.gzip.bits import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "END_OF_BLOCK",
    "LITERALS",
    "MAX_BITS",
    "OFFSETS",
    "Code",
    "DynamicHeader",
    "fixed_literal_code",
    "fixed_offset_code",
]

END_OF_BLOCK = 256
MAX_BITS = 15
LITERALS = 286
OFFSETS = 30

# RFC 1951, section 3.2.7: the order of code lengths of code lengths, and the repeating codes.
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_COPY, _ZEROS, _MANY_ZEROS = 16, 17, 18
_EXTRA_BITS = {_COPY: 2, _ZEROS: 3, _MANY_ZEROS: 7}
_MAX_HEADER_BITS = 7
_MIN_LENGTHS = 4


class Code:
    """A code: ``lengths`` by symbol (0 for none) and ``bits`` as text, to be written as it is."""

    __slots__ = ("bits", "lengths")

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths
        self.bits = _assign(lengths)

    @classmethod
    def of(cls, frequencies: Sequence[int], max_bits: int = MAX_BITS) -> Code:
        """The code for these frequencies (``huffmanEncoder.generate``)."""
        used = [symbol for symbol, count in enumerate(frequencies) if count]
        lengths = [0] * len(frequencies)
        if len(used) <= 2:
            for symbol in used:
                lengths[symbol] = 1
            return cls(lengths)
        used.sort(key=lambda symbol: frequencies[symbol])
        counts = _leaves_by_level([frequencies[symbol] for symbol in used], max_bits)
        # The count-th rarest symbols of a level are one bit longer for it.
        for count in counts:
            for symbol in used[:count]:
                lengths[symbol] += 1
        return cls(lengths)

    def used(self) -> list[int]:
        """The lengths up to the last symbol that has a code."""
        count = len(self.lengths)
        while not self.lengths[count - 1]:
            count -= 1
        return self.lengths[:count]

    def size(self, frequencies: Sequence[int]) -> int:
        """Bits that symbols of these frequencies take; those without a code take none."""
        lengths = self.lengths
        return sum(count * lengths[symbol] for symbol, count in enumerate(frequencies) if count)

    def covers(self, frequencies: Sequence[int]) -> bool:
        """Whether each symbol that occurs has a code."""
        lengths = self.lengths
        return all(lengths[symbol] for symbol, count in enumerate(frequencies) if count)


def _leaves_by_level(weights: list[int], max_bits: int) -> list[int]:
    """How many of the lightest leaves each level of package-merge takes."""
    levels = min(max_bits, len(weights) - 1)
    merged: list[list[tuple[int, bool]]] = []
    packages: list[tuple[int, bool]] = []
    leaves = [(weight, True) for weight in weights]
    for _ in range(levels):
        # sorted() is stable: what is listed first comes first among equals.
        row = sorted(packages + leaves, key=lambda item: item[0])
        merged.append(row)
        packages = [(row[at][0] + row[at + 1][0], False) for at in range(0, len(row) - 1, 2)]
    counts = []
    wanted = 2 * len(weights) - 2
    for row in reversed(merged):
        taken = sum(is_leaf for _, is_leaf in row[:wanted])
        counts.append(taken)
        wanted = 2 * (wanted - taken)
    return counts


def _assign(lengths: list[int]) -> list[str]:
    """Canonical codes (RFC 1951, section 3.2.2)."""
    bits = [""] * len(lengths)
    code = 0
    previous = 0
    for length, symbol in sorted(
        (length, symbol) for symbol, length in enumerate(lengths) if length
    ):
        code <<= length - previous
        bits[symbol] = format(code, f"0{length}b")
        code += 1
        previous = length
    return bits


@functools.cache
def fixed_literal_code() -> Code:
    """The literal and length code of fixed blocks (RFC 1951, section 3.2.6)."""
    return Code([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8)


@functools.cache
def fixed_offset_code() -> Code:
    """The offset code of fixed blocks, with the two codes that never occur."""
    return Code([5] * 32)


class DynamicHeader:
    """The header of a dynamic block: the lengths of both codes (``generateCodegen``)."""

    __slots__ = ("_code", "_count", "_frequencies", "_items", "_literals", "_offsets")

    def __init__(self, literals: Sequence[int], offsets: Sequence[int]) -> None:
        """Take the lengths to transmit, up to the last symbol that occurs."""
        self._literals = len(literals)
        self._offsets = len(offsets)
        self._items = _run_lengths([*literals, *offsets])
        self._frequencies = [0] * len(_ORDER)
        for symbol, _ in self._items:
            self._frequencies[symbol] += 1
        self._code = Code.of(self._frequencies, _MAX_HEADER_BITS)
        self._count = len(_ORDER)
        while self._count > _MIN_LENGTHS and not self._frequencies[_ORDER[self._count - 1]]:
            self._count -= 1

    def size(self) -> int:
        """Size in bits."""
        extra = sum(self._frequencies[symbol] * bits for symbol, bits in _EXTRA_BITS.items())
        return 3 + 5 + 5 + 4 + 3 * self._count + self._code.size(self._frequencies) + extra

    def bits(self) -> str:
        """The header; the block is never the stream's last one."""
        pieces = [
            "001",
            number(self._literals - 257, 5),
            number(self._offsets - 1, 5),
            number(self._count - 4, 4),
        ]
        pieces += [number(self._code.lengths[symbol], 3) for symbol in _ORDER[: self._count]]
        for symbol, extra in self._items:
            pieces.append(self._code.bits[symbol])
            pieces.append(number(extra, _EXTRA_BITS.get(symbol, 0)))
        return "".join(pieces)


def _run_lengths(lengths: list[int]) -> list[tuple[int, int]]:
    """The lengths as symbols of the code length alphabet, each with its extra value."""
    items: list[tuple[int, int]] = []
    at = 0
    while at < len(lengths):
        length = lengths[at]
        end = at
        while end < len(lengths) and lengths[end] == length:
            end += 1
        items += _run(length, end - at)
        at = end
    return items


def _run(length: int, count: int) -> list[tuple[int, int]]:
    items = []
    if length:
        items.append((length, 0))
        count -= 1
        while count >= 3:
            repeat = min(6, count)
            items.append((_COPY, repeat - 3))
            count -= repeat
    else:
        while count >= 11:
            repeat = min(138, count)
            items.append((_MANY_ZEROS, repeat - 11))
            count -= repeat
        if count >= 3:
            items.append((_ZEROS, count - 3))
            count = 0
    items += [(length, 0)] * count
    return items
