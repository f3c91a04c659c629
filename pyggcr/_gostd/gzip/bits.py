# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The bit stream of DEFLATE (RFC 1951, section 3.1.1), gathered as text of zeros and ones.

In the order in which bits are packed, a Huffman code is its digits and a number its digits
reversed; so the text of a block is a join of prepared pieces, and Python's ``int`` turns it into
bytes at once. That is the fastest way that pure Python has.
"""

from __future__ import annotations

__all__ = ["BitWriter", "number"]


def number(value: int, width: int) -> str:
    """The bits of a number, lowest first."""
    return format(value, f"0{width}b")[::-1] if width else ""


class BitWriter:
    """Collects bits and gives whole bytes."""

    __slots__ = ("_bits", "_bytes")

    def __init__(self) -> None:
        self._bits = ""
        self._bytes: list[bytes] = []

    def write(self, bits: str) -> None:
        """Add bits, first one first."""
        bits = self._bits + bits
        whole = len(bits) & ~7
        if whole:
            packed = int(bits[whole - 1 :: -1] if whole < len(bits) else bits[::-1], 2)
            self._bytes.append(packed.to_bytes(whole >> 3, "little"))
        self._bits = bits[whole:]

    def align(self) -> None:
        """Fill the last byte with zeros."""
        if self._bits:
            self.write("0" * (8 - len(self._bits)))

    def write_bytes(self, data: bytes) -> None:
        """Add bytes; the stream has to be aligned."""
        self._bytes.append(data)

    def write_stored(self, data: bytes, *, last: bool = False) -> None:
        """Add a stored block (RFC 1951, section 3.2.4)."""
        self.write("100" if last else "000")
        self.align()
        self.write(number(len(data), 16) + number(len(data) ^ 0xFFFF, 16))
        self.write_bytes(data)

    def take(self) -> bytes:
        """The whole bytes so far; they are forgotten here."""
        data = b"".join(self._bytes)
        self._bytes.clear()
        return data
