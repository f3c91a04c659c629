# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Literals, Huffman-coded (klauspost/compress/huff0)."""

from __future__ import annotations

from pyggcr._gostd.zstd import weights
from pyggcr._gostd.zstd.fse import high_bit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from pyggcr._typing import NamedTuple


__all__ = ["CODED", "RAW", "RLE", "TREELESS", "HuffmanWriter", "Literals"]

# How literals are written, by the numbers of the format; treeless ones use codes of a block before.
RAW, RLE, CODED, TREELESS = range(4)

_MAX_BITS = 11
_MIN_BITS = 5
_WANTED_SHIFT = 4  # WantLogLess: a sixteenth has to be saved
_TABLE_SIZE_GUESS = 12
_MIN_IN_FOUR = 1024
_MIN_CODED = 17


class Literals(NamedTuple):
    """Literals as they were coded.

    Attributes:
        kind: how.
        data: nothing if they are raw or one byte over and over.
        in_four: whether they are in four streams.
    """

    kind: int
    data: bytes = b""
    in_four: bool = False


class _Codes(NamedTuple):
    """A Huffman code.

    Attributes:
        bits: of each byte up to the highest that has any.
        digits: of each byte, in binary.
    """

    bits: list[int]
    digits: list[str]


class HuffmanWriter:
    """Codes the literals of one block after the other (``huff0.Scratch``).

    Attributes:
        may_reuse: whether the codes of the block before may be used again.
    """

    def __init__(self) -> None:
        self.may_reuse = False
        self._before: _Codes | None = None

    def write(self, literals: bytes) -> Literals:
        """Code the literals of a block if that makes them fewer."""
        if len(literals) < _MIN_CODED:
            return Literals(RAW)
        if not self.may_reuse:
            self._before = None
        counts = [literals.count(byte) for byte in range(max(literals) + 1)]
        largest = max(counts)
        if largest == len(literals):
            return Literals(RLE)
        if largest == 1 or largest < len(literals) >> 7:
            return Literals(RAW)

        in_four = len(literals) >= _MIN_IN_FOUR
        wanted = len(literals) - (len(literals) >> _WANTED_SHIFT)
        codes = _codes(counts, len(literals))
        before = self._before
        if before and _can_code(before, counts):
            is_smaller = _size(before, counts) <= _size(codes, counts)
            if is_smaller or wanted <= _TABLE_SIZE_GUESS:
                data = _streams(before, literals, in_four=in_four)
                return Literals(TREELESS, data, in_four) if len(data) < wanted else Literals(RAW)
        header = _description(codes)
        if not header:
            return Literals(RAW)
        data = header + _streams(codes, literals, in_four=in_four)
        if len(data) >= wanted:
            return Literals(RAW)
        self._before = codes
        return Literals(CODED, data, in_four)


def _can_code(codes: _Codes, counts: list[int]) -> bool:
    """Whether there is a code for every byte that occurs."""
    if len(codes.bits) < len(counts):
        return False
    return all(bits or not count for bits, count in zip(codes.bits, counts, strict=False))


def _size(codes: _Codes, counts: list[int]) -> int:
    """How many bytes the literals take (``estimateSize``)."""
    return (7 + sum(map(int.__mul__, codes.bits, counts))) >> 3


def _streams(codes: _Codes, literals: bytes, *, in_four: bool) -> bytes:
    """The literals, in one or in four streams, which are read backwards."""
    if not in_four:
        return _stream(codes, literals)
    size = (len(literals) + 3) // 4
    streams = [_stream(codes, literals[at * size : (at + 1) * size]) for at in range(4)]
    sizes = b"".join(len(stream).to_bytes(2, "little") for stream in streams[:3])
    return sizes + b"".join(streams)


def _stream(codes: _Codes, literals: bytes) -> bytes:
    digits = "1" + literals.decode("latin-1").translate(codes.digits)
    return int(digits, 2).to_bytes((len(digits) + 7) >> 3, "little")


def _codes(counts: list[int], total: int) -> _Codes:
    """The best code for what was counted (``buildCTable``)."""
    symbols = _sorted(counts)
    while counts[symbols[-1]] == 0:
        symbols.pop()
    lengths = _lengths([counts[symbol] for symbol in symbols])
    most = max(min(high_bit(total - 1) - 1, _MAX_BITS), _least_bits(len(counts), total), _MIN_BITS)
    _limit(lengths, [counts[symbol] for symbol in symbols], min(most, _MAX_BITS))

    bits = [0] * len(counts)
    for symbol, length in zip(symbols, lengths, strict=True):
        bits[symbol] = length
    following = {}
    first = 0
    for length in range(max(lengths), 0, -1):
        following[length] = first
        first = (first + lengths.count(length)) >> 1
    digits = [""] * len(counts)
    for symbol, length in enumerate(bits):
        if length:
            digits[symbol] = format(following[length], f"0{length}b")
            following[length] += 1
    return _Codes(bits, digits)


def _least_bits(symbols: int, total: int) -> int:
    return min(high_bit(total) + 1, high_bit(symbols - 1) + 2)


def _sorted(counts: list[int]) -> list[int]:
    """The bytes by falling count; what is equal stays in order (``huffSort``)."""
    return sorted(range(len(counts)), key=lambda symbol: -counts[symbol])


def _lengths(counts: list[int]) -> list[int]:
    """The length of each code in the tree of falling counts, however long it becomes."""
    inner: list[int] = []
    parents = [0] * (2 * len(counts) - 2)  # of leaves, then of inner nodes: the number of a node
    leaf = len(counts) - 1
    merged = 0
    for number in range(len(counts) - 1):
        total = 0
        for _ in range(2):
            if leaf >= 0 and (merged == len(inner) or counts[leaf] < inner[merged]):
                total += counts[leaf]
                parents[leaf] = number
                leaf -= 1
            else:
                total += inner[merged]
                parents[len(counts) + merged] = number
                merged += 1
        inner.append(total)
    depths = [0] * len(inner)
    for number in range(len(inner) - 2, -1, -1):
        depths[number] = depths[parents[len(counts) + number]] + 1
    return [depths[parent] + 1 for parent in parents[: len(counts)]]


def _limit(lengths: list[int], counts: list[int], most: int) -> None:
    """Shorten codes that are longer than allowed (``setMaxHeight``)."""
    longest = lengths[-1]
    if longest <= most:
        return
    owed = 0
    last = len(lengths) - 1
    while lengths[last] > most:
        owed += (1 << (longest - most)) - (1 << (longest - lengths[last]))
        lengths[last] = most
        last -= 1
    while lengths[last] == most:
        last -= 1
    owed >>= longest - most

    # The last, and rarest, by how many bits it lacks to the longest.
    last_of: dict[int, int] = {}
    current = most
    for at in range(last, -1, -1):
        if lengths[at] < current:
            current = lengths[at]
            last_of[most - current] = at
    while owed > 0:
        owed -= _lengthened(lengths, counts, most, last_of, owed)
    for _ in range(-owed):
        if 1 not in last_of:
            while lengths[last] == most:
                last -= 1
            last_of[1] = last
        last_of[1] += 1
        lengths[last_of[1]] -= 1


def _lengthened(
    lengths: list[int], counts: list[int], most: int, last_of: dict[int, int], owed: int
) -> int:
    """Lengthen the code by which least is lost; how much that pays of what is owed."""
    less = high_bit(owed) + 1
    while less > 1:
        if less in last_of:
            if less - 1 not in last_of:
                break
            if counts[last_of[less]] <= 2 * counts[last_of[less - 1]]:
                break
        less -= 1
    while less not in last_of:
        less += 1
    at = last_of.pop(less)
    last_of.setdefault(less - 1, at)
    lengths[at] += 1
    if at and lengths[at - 1] == most - less:
        last_of[less] = at - 1
    return 1 << (less - 1)


def _description(codes: _Codes) -> bytes:
    """What describes the codes (``cTable.write``); nothing if it cannot be."""
    longest = max(codes.bits)
    # The last weight follows from the others.
    weight = [longest + 1 - bits if bits else 0 for bits in codes.bits[:-1]]
    if len(weight) >= 2:
        coded = weights.compressed(weight)
        if coded and len(coded) < len(codes.bits) >> 1:
            return bytes([len(coded)]) + coded
    if len(weight) > 128:
        return b""
    header = bytes([128 | (len(weight) - 1)])
    weight.append(0)
    return header + bytes(weight[at] << 4 | weight[at + 1] for at in range(0, len(weight) - 1, 2))
