# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Tables of finite state entropy coding (klauspost/compress/zstd's fse_encoder.go).

``fse/compress.go``, which codes Huffman weights, does the same.
"""

from __future__ import annotations

__all__ = ["MIN_TABLE_BITS", "Table", "TableError", "high_bit", "normalized", "written"]

MIN_TABLE_BITS = 5
_LOW_PROBABILITY = -1
_NOT_YET_ASSIGNED = -2

# Above which remainder a small probability is rounded up (rtbTable).
_REST_TO_BEAT = (0, 473_195, 504_333, 520_860, 550_000, 700_000, 750_000, 830_000)


class TableError(Exception):
    """There is no such table, and Go gives an error that its callers handle."""


def high_bit(value: int) -> int:
    """Which bit of a number is the highest; -1 if there is none."""
    return value.bit_length() - 1


class Table:
    """What turns symbols into states and bits (``cTable``).

    Attributes:
        norm: how many states each symbol has.
        bits: the logarithm of the number of states.
        states: the next state, at the places that transforms say.
        transforms: of each symbol, what says how many bits it takes and where its states are.
    """

    __slots__ = ("bits", "norm", "states", "transforms")

    def __init__(
        self, norm: list[int], bits: int, states: list[int], transforms: list[tuple[int, int]]
    ) -> None:
        self.norm = norm
        self.bits = bits
        self.states = states
        self.transforms = transforms

    @classmethod
    def of(cls, norm: list[int], bits: int) -> Table:
        """Build a table (``buildCTable``).

        Raises:
            TableError: the numbers of states do not add up.
        """
        size = 1 << bits
        if sum(map(abs, norm)) != size:
            raise TableError
        states = [0] * size
        places = _places(norm, size)
        for number, symbol in enumerate(_spread(norm, size)):
            states[places[symbol]] = size + number
            places[symbol] += 1
        transforms = []
        total = 0
        for share in norm:
            if share == 0:
                transforms.append((0, 0))
            elif share in (_LOW_PROBABILITY, 1):
                transforms.append(((bits << 16) - size, total - 1))
            else:
                most = bits - high_bit(share - 1)
                transforms.append(((most << 16) - (share << most), total - share))
            total += abs(share)
        return cls(norm, bits, states, transforms)

    @classmethod
    def of_one(cls, symbol: int) -> Table:
        """A table for one symbol, which takes no bits (``setRLE``)."""
        return cls([], 0, [0], [(0, 0)] * (symbol + 1))

    def first_state(self, symbol: int) -> int:
        """The state to begin with (``cState.init``)."""
        if self.bits == 0:
            return 0
        delta, place = self.transforms[symbol]
        count = (delta + (1 << 15)) >> 16
        return self.states[(((count << 16) - delta) >> count) + place]


def _places(norm: list[int], size: int) -> list[int]:
    """Where the states of each symbol begin."""
    places = []
    total = 0
    for share in norm:
        places.append(total)
        total += abs(share)
    assert total == size
    return places


def _spread(norm: list[int], size: int) -> list[int]:
    """The symbol of each state."""
    symbols = [0] * size
    high = size - 1
    for symbol, share in enumerate(norm):
        if share == _LOW_PROBABILITY:
            symbols[high] = symbol
            high -= 1
    step = (size >> 1) + (size >> 3) + 3
    at = 0
    for symbol, share in enumerate(norm):
        for _ in range(share):
            symbols[at] = symbol
            at = (at + step) & (size - 1)
            while at > high:
                at = (at + step) & (size - 1)
    return symbols


def normalized(counts: list[int], total: int, bits: int) -> list[int]:
    """How many of the states each symbol gets (``normalizeCount``).

    Raises:
        TableError: no way is known.
    """
    scale = 62 - bits
    step = (1 << 62) // total
    low_threshold = total >> bits
    left = 1 << bits
    largest = largest_share = 0
    norm = []
    for symbol, count in enumerate(counts):
        share = 0
        if 0 < count <= low_threshold:
            share = _LOW_PROBABILITY
        elif count:
            share = count * step >> scale
            if share < len(_REST_TO_BEAT):
                rest = count * step - (share << scale)
                share += rest > _REST_TO_BEAT[share] << (scale - 20)
            if share > largest_share:
                largest, largest_share = symbol, share
        norm.append(share)
        left -= abs(share)
    if -left >= norm[largest] >> 1:
        return _normalized_otherwise(counts, total, bits)
    norm[largest] += left
    return norm


def _normalized_otherwise(counts: list[int], total: int, bits: int) -> list[int]:
    """For when the usual way leaves too much to one symbol (``normalizeCount2``)."""
    low_threshold = total >> bits
    low_one = (total * 3) >> (bits + 1)
    norm = [_small_share(count, low_threshold, low_one) for count in counts]
    assigned = [share != _NOT_YET_ASSIGNED and share != 0 for share in norm]
    total -= sum(count for count, is_small in zip(counts, assigned, strict=True) if is_small)
    left = (1 << bits) - sum(assigned)
    if left == 0:
        raise TableError
    if total // left > low_one:
        low_one = (total * 3) // (left * 2)
        for symbol, count in enumerate(counts):
            if norm[symbol] == _NOT_YET_ASSIGNED and count <= low_one:
                norm[symbol] = 1
                left -= 1
                total -= count
    if (1 << bits) - left == len(counts) + 1:
        norm[counts.index(max(counts))] += left
        return norm
    if total == 0:
        return _topped_up(norm, left)
    return _divided(norm, counts, total, left, bits)


def _small_share(count: int, low_threshold: int, low_one: int) -> int:
    if count == 0:
        return 0
    if count <= low_threshold:
        return _LOW_PROBABILITY
    return 1 if count <= low_one else _NOT_YET_ASSIGNED


def _topped_up(norm: list[int], left: int) -> list[int]:
    """What is left goes to the symbols that have any, by turns."""
    if left and max(norm) <= 0:
        raise TableError
    symbol = 0
    while left > 0:
        if norm[symbol] > 0:
            norm[symbol] += 1
            left -= 1
        symbol = (symbol + 1) % len(norm)
    return norm


def _divided(norm: list[int], counts: list[int], total: int, left: int, bits: int) -> list[int]:
    """What is left goes to the symbols that have none yet, in proportion."""
    step_bits = 62 - bits
    at = (1 << (step_bits - 1)) - 1
    step = ((left << step_bits) + at) // total
    for symbol, count in enumerate(counts):
        if norm[symbol] == _NOT_YET_ASSIGNED:
            end = at + count * step
            norm[symbol] = (end >> step_bits) - (at >> step_bits)
            if norm[symbol] < 1:
                raise TableError
            at = end
    return norm


def written(norm: list[int], bits: int) -> bytes:
    """The description of a table (``writeCount``)."""
    word, count = bits - MIN_TABLE_BITS, 4
    threshold = 1 << bits
    remaining = threshold + 1
    width = bits + 1
    at = 0
    was_zero = False
    while remaining > 1:
        if was_zero:
            zeros = 0
            while norm[at] == 0:
                at += 1
                zeros += 1
            for run in (*[3] * (zeros // 3), zeros % 3):
                word |= run << count
                count += 2
        share = norm[at]
        at += 1
        most = 2 * threshold - 1 - remaining
        remaining -= abs(share)
        share += 1
        was_zero = share == 1
        if share >= threshold:
            share += most
        word |= share << count
        count += width - (share < most)
        while remaining < threshold:
            width -= 1
            threshold >>= 1
    return word.to_bytes((count + 7) >> 3, "little")
