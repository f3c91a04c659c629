# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How many bits a block would take with tables of its own: Go 1.27's tokens.EstimatedBits.

An approximation of Shannon's entropy in float32. Each operation is rounded to single precision,
in Go's order, since a decision about the output hangs on the last bit.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pyggcr._gostd.gzip.tokens import extra_size

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["estimated_bits"]

_float32 = struct.Struct("<f")
_uint32 = struct.Struct("<I")

_MAX_CODE_BITS = 15.0
_MIN_CODE_BITS = 1.0


def _round(value: float) -> float:
    """To single precision. From double precision that is exact after one operation."""
    rounded: float = _float32.unpack(_float32.pack(value))[0]
    return rounded


# The parabola that stands for the logarithm of a mantissa (mFastLog2).
_SQUARE = _round(-0.34484843)
_LINEAR = _round(2.02466578)
_CONSTANT = _round(0.67487759)


def _log2(value: float) -> float:
    pattern = _uint32.unpack(_float32.pack(value))[0]
    exponent = float((pattern >> 23 & 0xFF) - 128)
    mantissa = _float32.unpack(_uint32.pack((pattern & 0x807F_FFFF) + (127 << 23)))[0]
    inner = _round(_round(_SQUARE * mantissa) + _LINEAR)
    return _round(exponent + _round(_round(inner * mantissa) - _CONSTANT))


def _add(total: float, counts: Sequence[int], inverse: float) -> float:
    for count in counts:
        if count:
            bits = -_log2(_round(count * inverse))
            bits = min(_MAX_CODE_BITS, max(_MIN_CODE_BITS, bits))
            total = _round(total + _round(bits * count))
    return total


def estimated_bits(literals: Sequence[int], offsets: Sequence[int], tokens: int) -> int:
    """The estimate for these frequencies and this number of tokens."""
    lengths = literals[257:]
    inverse = _round(1.0 / tokens)
    total = _add(0.0, literals[:256], inverse)
    total = _round(total + 15.0)  # the end of block
    total = _add(total, lengths, inverse)
    matches = sum(lengths)
    if matches:
        total = _add(total, offsets, _round(1.0 / matches))
    return int(total) + extra_size(literals, offsets)
