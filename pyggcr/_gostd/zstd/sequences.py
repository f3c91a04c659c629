# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The sequences section of a block (klauspost/compress/zstd's blockenc.go and seqenc.go).

Each of its three parts has a table: a new one, that of the block before, the predefined one, or one
for a single symbol.
"""

from __future__ import annotations

from pyggcr._gostd.zstd import codes, fse
from pyggcr._gostd.zstd.bits import BitSink
from pyggcr._gostd.zstd.history import Found

__all__ = ["SequencesWriter"]

_MODE_PREDEFINED, _MODE_RLE, _MODE_FSE, _MODE_REPEAT = range(4)

_MAX_TABLE_BITS = 8
_COST_BITS = 8
_IMPOSSIBLE = (1 << 32) - 1
_LONG_COUNT = 0x7F00


class _Choice:
    """What one part of a section is written with."""

    __slots__ = ("description", "mode", "table")

    def __init__(self, mode: int, table: fse.Table, description: bytes = b"") -> None:
        self.mode = mode
        self.table = table
        self.description = description


class SequencesWriter:
    """Writes the sections of one block after the other."""

    def __init__(self) -> None:
        self._before: list[fse.Table | None] = [None, None, None]
        self._choices: list[_Choice] = []

    def write(self, found: Found) -> bytes:
        """The section of a block that has a match."""
        parts = (
            [codes.literals_code(run) for run in found.runs],
            [offset.bit_length() - 1 for offset in found.offsets],
            [codes.length_code(length) for length in found.lengths],
        )
        self._choices = [self._choose(number, part) for number, part in enumerate(parts)]
        literals, offsets, lengths = self._choices
        mode = literals.mode << 6 | offsets.mode << 4 | lengths.mode << 2
        return b"".join(
            (
                _count(len(found)),
                bytes([mode]),
                *(choice.description for choice in self._choices),
                _bits(found, parts, [choice.table for choice in self._choices]),
            )
        )

    def keep(self) -> None:
        """Let the next block use the tables of the last section (``setPrev``)."""
        for number, choice in enumerate(self._choices):
            if choice.mode == _MODE_FSE:
                self._before[number] = choice.table
            elif choice.mode != _MODE_REPEAT:
                self._before[number] = None

    def _choose(self, number: int, part: list[int]) -> _Choice:
        """The cheapest table for the codes of a part."""
        counts = [part.count(code) for code in range(max(part) + 1)]
        if counts[-1] == len(part):
            return _Choice(_MODE_RLE, fse.Table.of_one(part[0]), bytes(part[:1]))
        bits = _table_bits(len(counts), len(part))
        norm = fse.normalized(counts, len(part), bits)
        table = fse.Table.of(norm, bits)
        cost = _cost(table, counts) + ((len(counts) * bits >> 3) + 3) * 8
        cost += (cost + 2 * 8 * 16) >> 4
        predefined = codes.PREDEFINED[number]
        predefined_cost = _cost(predefined, counts)
        before = self._before[number]
        before_cost = _cost(before, counts) if before else _IMPOSSIBLE
        if predefined_cost <= before_cost and predefined_cost <= cost:
            return _Choice(_MODE_PREDEFINED, predefined)
        if before and before_cost <= cost:
            return _Choice(_MODE_REPEAT, before)
        return _Choice(_MODE_FSE, table, fse.written(norm, bits))


def _table_bits(symbols: int, total: int) -> int:
    """How large a table is at most (``optimalTableLog``)."""
    least = min(fse.high_bit(total) + 1, fse.high_bit(symbols - 1) + 2)
    # Go's numbers are bytes: of a few sequences this is a large one.
    most = (fse.high_bit(total - 1) - 2) & 0xFF
    bits = max(min(most, _MAX_TABLE_BITS), least, fse.MIN_TABLE_BITS)
    return min(bits, _MAX_TABLE_BITS)


def _cost(table: fse.Table, counts: list[int]) -> int:
    """How many bits the table takes for what was counted (``approxSize``)."""
    if len(table.norm) < len(counts):
        return _IMPOSSIBLE
    most = (table.bits + 1) << _COST_BITS
    total = 0
    for symbol, count in enumerate(counts):
        if count == 0:
            continue
        if table.norm[symbol] == 0:
            return _IMPOSSIBLE
        delta = table.transforms[symbol][0]
        fewest = delta >> 16
        missing = ((fewest + 1) << 16) - (delta + (1 << table.bits))
        each = ((fewest + 1) << _COST_BITS) - ((missing << _COST_BITS) >> table.bits)
        if each > most:
            return _IMPOSSIBLE
        total += count * each
    return total >> _COST_BITS


def _count(number: int) -> bytes:
    if number < 128:
        return bytes([number])
    if number < _LONG_COUNT:
        return bytes([128 + (number >> 8), number & 0xFF])
    return b"\xff" + (number - _LONG_COUNT).to_bytes(2, "little")


def _bits(found: Found, parts: tuple[list[int], ...], tables: list[fse.Table]) -> bytes:
    """The sequences, from the last to the first."""
    sink = BitSink()
    states = [table.first_state(part[-1]) for table, part in zip(tables, parts, strict=True)]
    extra = (
        (found.runs, codes.LITERALS_BITS),
        (found.lengths, codes.LENGTH_BITS),
        (found.offsets, codes.OFFSET_BITS),
    )
    coders = [(number, parts[number], tables[number]) for number in (1, 2, 0)]
    last = len(found) - 1
    for at in range(last, -1, -1):
        if at != last:
            for number, part, table in coders:
                state = states[number]
                delta, place = table.transforms[part[at]]
                count = (state + delta) >> 16
                sink.put(state & ((1 << count) - 1), count)
                states[number] = table.states[(state >> count) + place]
        for (values, bits), part in zip(extra, (parts[0], parts[2], parts[1]), strict=True):
            count = bits[part[at]]
            sink.put(values[at] & ((1 << count) - 1), count)
    for number in (2, 1, 0):
        sink.put(states[number] & ((1 << tables[number].bits) - 1), tables[number].bits)
    return sink.end()
