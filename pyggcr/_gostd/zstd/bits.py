# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Streams of bits that are read backwards (RFC 8878, section 4): the first is a byte's lowest."""

from __future__ import annotations

__all__ = ["BitSink"]

# Numbers of any size are one to Python, but long ones take long to extend.
_MAX_WAITING = 512


class BitSink:
    """Gathers bits."""

    __slots__ = ("_bytes", "_count", "_word")

    def __init__(self) -> None:
        self._bytes: list[bytes] = []
        self._word = 0
        self._count = 0

    def put(self, value: int, count: int) -> None:
        """Add a number of so many bits."""
        self._word |= value << self._count
        self._count += count
        if self._count >= _MAX_WAITING:
            whole = self._count >> 3
            self._count &= 7
            low = self._word & ((1 << whole * 8) - 1)
            self._bytes.append(low.to_bytes(whole, "little"))
            self._word >>= whole * 8

    def end(self) -> bytes:
        """All bits, with the one that marks the end."""
        self.put(1, 1)
        self._bytes.append(self._word.to_bytes((self._count + 7) >> 3, "little"))
        return b"".join(self._bytes)
