# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The weights that describe a Huffman code, coded themselves (klauspost/compress/fse)."""

from __future__ import annotations

from pyggcr._gostd.zstd import fse
from pyggcr._gostd.zstd.bits import BitSink

__all__ = ["compressed"]

_MAX_TABLE_BITS = 6
# As in fse.Compress: of fewer it makes nothing.
_MIN_WEIGHTS = 3


def compressed(weights: list[int]) -> bytes:
    """The weights in fewer bytes than they are; nothing if there is no such form."""
    counts = [weights.count(weight) for weight in range(max(weights) + 1)]
    largest = max(counts)
    if len(weights) < _MIN_WEIGHTS or largest == len(weights):
        return b""
    if largest == 1 or largest < len(weights) >> 7:
        return b""
    bits = _table_bits(len(counts), len(weights))
    try:
        norm = fse.normalized(counts, len(weights), bits)
        table = fse.Table.of(norm, bits)
    except fse.TableError:
        return b""
    coded = fse.written(norm, bits) + _coded(weights, table)
    return coded if len(coded) < len(weights) else b""


def _table_bits(symbols: int, total: int) -> int:
    least = min(fse.high_bit(total - 1) + 1, fse.high_bit(symbols - 1) + 2)
    # Go's numbers are bytes: of a few weights this is a large one.
    most = (fse.high_bit(total - 1) - 2) & 0xFF
    return max(min(most, _MAX_TABLE_BITS), least, fse.MIN_TABLE_BITS)


def _coded(weights: list[int], table: fse.Table) -> bytes:
    """From the last to the first; two states take turns."""
    sink = BitSink()
    last = len(weights) - 1
    states = [0, 0]
    for at in (last, last - 1):
        states[at & 1] = table.first_state(weights[at])
    for at in range(last - 2, -1, -1):
        state = states[at & 1]
        delta, place = table.transforms[weights[at]]
        count = (state + delta) >> 16
        sink.put(state & ((1 << count) - 1), count)
        states[at & 1] = table.states[(state >> count) + place]
    mask = (1 << table.bits) - 1
    sink.put(states[1] & mask, table.bits)
    sink.put(states[0] & mask, table.bits)
    return sink.end()
