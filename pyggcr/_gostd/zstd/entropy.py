# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""How many bits a byte of a block takes at best (klauspost/compress's ShannonEntropyBits).

The logarithm is Go's own, whose last bit may differ from that of ``math.log2``.
"""

from __future__ import annotations

import math

__all__ = ["entropy_bits"]

# Of math.Log, in Go's log.go.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_L1 = 6.666666666666735130e-01
_L2 = 3.999999999940941908e-01
_L3 = 2.857142874366239149e-01
_L4 = 2.222219843214978396e-01
_L5 = 1.818357216161805012e-01
_L6 = 1.531383769920937332e-01
_L7 = 1.479819860511658591e-01
_HALF_ROOT = 0.7071067811865476
_BY_LN2 = 1.4426950408889634


def entropy_bits(data: bytes) -> int:
    """The bits that the bytes take in a code that fits them."""
    share = 1.0 / len(data)
    bits = 0
    for byte in set(data):
        count = float(data.count(byte))
        bits += math.ceil(-_log2(count * share) * count)
    return bits


def _log2(value: float) -> float:
    fraction, exponent = math.frexp(value)
    if fraction == 0.5:
        return float(exponent - 1)
    return _log(fraction) * _BY_LN2 + float(exponent)


def _log(fraction: float) -> float:
    """The natural logarithm of a number from a half up to one (``math.Log``)."""
    k = 0.0
    if fraction < _HALF_ROOT:
        fraction *= 2
        k = -1.0
    f = fraction - 1
    s = f / (2 + f)
    s2 = s * s
    s4 = s2 * s2
    t1 = s2 * (_L1 + s4 * (_L3 + s4 * (_L5 + s4 * _L7)))
    t2 = s4 * (_L2 + s4 * (_L4 + s4 * _L6))
    half = 0.5 * f * f
    return k * _LN2_HIGH - ((half - (s * (half + (t1 + t2)) + k * _LN2_LOW)) - f)
