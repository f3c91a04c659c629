# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How many bits a block would take with tables of its own: Go 1.27's tokens.EstimatedBits.

An approximation of Shannon's entropy in float32. Each operation is rounded to single precision,
in Go's order, since a decision about the output hangs on the last bit. Most platforms fuse what is
added to a product: both operations are rounded once.
"""

from __future__ import annotations

import math
import struct

from pyggcr._gostd.gzip.tokens import extra_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ESTIMATORS", "Estimator", "fused"]

_float32 = struct.Struct("<f")
_uint32 = struct.Struct("<I")
_float64 = struct.Struct("<d")

_MAX_CODE_BITS = 15.0
_MIN_CODE_BITS = 1.0


def _round(value: float) -> float:
    """To single precision. From double precision that is exact after one operation."""
    rounded: float = _float32.unpack(_float32.pack(value))[0]
    return rounded


def fused(x: float, y: float, z: float) -> float:
    """``x * y + z`` of float32, rounded once.

    The product is exact in double precision. The sum is rounded to odd, so that rounding it again
    changes nothing (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
    """
    product = x * y
    total = product + z
    part = total - product
    error = (product - (total - part)) + (z - part)
    if error and not _float64.pack(total)[0] & 1:
        total = math.nextafter(total, math.copysign(math.inf, error))
    return _round(total)


def _unfused(x: float, y: float, z: float) -> float:
    """``x * y + z`` of float32, rounded after each operation."""
    return _round(_round(x * y) + z)


# The parabola that stands for the logarithm of a mantissa (mFastLog2).
_SQUARE = _round(-0.34484843)
_LINEAR = _round(2.02466578)
_CONSTANT = _round(0.67487759)


class Estimator:
    """The estimate as a platform makes it."""

    __slots__ = ("_add", "_subtract")

    def __init__(
        self,
        add: Callable[[float, float, float], float],
        subtract: Callable[[float, float, float], float],
    ) -> None:
        """Choose how to add to a product, and how to subtract from one."""
        self._add = add
        self._subtract = subtract

    def bits(self, literals: Sequence[int], offsets: Sequence[int], tokens: int) -> int:
        """The estimate for these frequencies and this number of tokens."""
        lengths = literals[257:]
        inverse = _round(1.0 / tokens)
        total = self._add_symbols(0.0, literals[:256], inverse)
        total = _round(total + 15.0)  # the end of block
        total = self._add_symbols(total, lengths, inverse)
        matches = sum(lengths)
        if matches:
            total = self._add_symbols(total, offsets, _round(1.0 / matches))
        return int(total) + extra_size(literals, offsets)

    def _add_symbols(self, total: float, counts: Sequence[int], inverse: float) -> float:
        for count in counts:
            if count:
                bits = -self._log2(_round(count * inverse))
                bits = min(_MAX_CODE_BITS, max(_MIN_CODE_BITS, bits))
                total = self._add(bits, count, total)
        return total

    def _log2(self, value: float) -> float:
        pattern = _uint32.unpack(_float32.pack(value))[0]
        exponent = float((pattern >> 23 & 0xFF) - 128)
        mantissa = _float32.unpack(_uint32.pack((pattern & 0x807F_FFFF) + (127 << 23)))[0]
        inner = self._add(_SQUARE, mantissa, _LINEAR)
        return _round(exponent + self._subtract(inner, mantissa, -_CONSTANT))


ESTIMATORS = {
    "go1.27": Estimator(_unfused, _unfused),
    "go1.27-amd64v3": Estimator(fused, _unfused),
    "go1.27-arm64": Estimator(fused, fused),
}
