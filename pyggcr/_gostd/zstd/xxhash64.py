"""XXH64 with seed 0, the checksum of zstd frames (xxHash's doc/xxhash_spec.md)."""

from __future__ import annotations

import struct

__all__ = ["XXHash64"]

_MASK = (1 << 64) - 1
_PRIME1 = 0x9E37_79B1_85EB_CA87
_PRIME2 = 0xC2B2_AE3D_27D4_EB4F
_PRIME3 = 0x1656_67B1_9E37_79F9
_PRIME4 = 0x85EB_CA77_C2B2_AE63
_PRIME5 = 0x27D4_EB2F_1656_67C5
_STRIPE = 32


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & _MASK


def _mixed(lane: int, word: int) -> int:
    return _rotated((lane + word * _PRIME2) & _MASK, 31) * _PRIME1 & _MASK


class XXHash64:
    """The hash of a stream, fed piece by piece.

    >>> hash = XXHash64()
    >>> hash.add(b"abc")
    >>> f"{hash.end():x}"
    '44bc2cf5ad770999'
    """

    __slots__ = ("_lanes", "_total", "_waiting")

    def __init__(self) -> None:
        self._lanes = [(_PRIME1 + _PRIME2) & _MASK, _PRIME2, 0, -_PRIME1 & _MASK]
        self._total = 0
        self._waiting = b""

    def add(self, data: bytes) -> None:
        """Take more of the stream."""
        self._total += len(data)
        data = self._waiting + data
        whole = len(data) - len(data) % _STRIPE
        one, two, three, four = self._lanes
        for word1, word2, word3, word4 in struct.iter_unpack("<4Q", data[:whole]):
            one = _mixed(one, word1)
            two = _mixed(two, word2)
            three = _mixed(three, word3)
            four = _mixed(four, word4)
        self._lanes = [one, two, three, four]
        self._waiting = data[whole:]

    def end(self) -> int:
        """The hash of all that was added."""
        value = (self._lanes[2] + _PRIME5) & _MASK
        if self._total >= _STRIPE:
            shifts = (1, 7, 12, 18)
            value = sum(map(_rotated, self._lanes, shifts)) & _MASK
            for lane in self._lanes:
                value = ((value ^ _mixed(0, lane)) * _PRIME1 + _PRIME4) & _MASK
        value = (value + self._total) & _MASK
        data = self._waiting
        while len(data) >= 8:
            word = int.from_bytes(data[:8], "little")
            value = (_rotated(value ^ _mixed(0, word), 27) * _PRIME1 + _PRIME4) & _MASK
            data = data[8:]
        if len(data) >= 4:
            word = int.from_bytes(data[:4], "little")
            value = _rotated(value ^ (word * _PRIME1 & _MASK), 23) * _PRIME2 + _PRIME3 & _MASK
            data = data[4:]
        for byte in data:
            value = _rotated(value ^ (byte * _PRIME5 & _MASK), 11) * _PRIME1 & _MASK
        value = (value ^ value >> 33) * _PRIME2 & _MASK
        value = (value ^ value >> 29) * _PRIME3 & _MASK
        return value ^ value >> 32
