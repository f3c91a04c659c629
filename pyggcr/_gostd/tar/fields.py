# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Fields of a tar header as bytes, for writing: numbers, strings, magic and checksum.

What archive/tar's formatter and ``block.setFormat`` do (strconv.go, format.go). Which fields a
format has is decided in ``blocks``; reading fields is in ``header``.
"""

from __future__ import annotations

from zlib import adler32

from pyggcr._gostd.tar.header import BLOCK_SIZE

__all__ = [
    "GNU_MAGIC",
    "LINK_SIZE",
    "LONG_NUMBER_SIZE",
    "NAME_SIZE",
    "NUMBER_SIZE",
    "OWNER_SIZE",
    "PREFIX_SIZE",
    "USTAR_MAGIC",
    "assemble",
    "fits_in_base256",
    "fits_in_octal",
    "is_ascii",
    "numeric",
    "octal",
    "string",
    "to_ascii",
]

# Widths of fields in bytes.
NAME_SIZE, PREFIX_SIZE, LINK_SIZE, OWNER_SIZE = 100, 155, 100, 32
NUMBER_SIZE, LONG_NUMBER_SIZE = 8, 12

# Magic and version.
USTAR_MAGIC = b"ustar\x0000"
GNU_MAGIC = b"ustar  \0"

_CHECKSUM_AT, _CHECKSUM_END = 148, 156
_CHECKSUM_BLANK = b" " * 8
_NOT_ASCII = bytes((0, *range(0x80, 0x100)))


def is_ascii(text: bytes) -> bool:
    """Whether the text is ASCII without NUL."""
    return text.isascii() and b"\0" not in text


def to_ascii(text: bytes) -> bytes:
    """The text without what is not ASCII (``toASCII``)."""
    return text.translate(None, _NOT_ASCII)


def fits_in_octal(width: int, number: int) -> bool:
    """Whether a field of the width can hold the number in octal digits and a NUL."""
    return 0 <= number < 1 << 3 * (width - 1)


def fits_in_base256(width: int, number: int) -> bool:
    """Whether a field of the width can hold the number in GNU's binary form."""
    limit = 1 << 8 * (width - 1)
    return -limit <= number < limit


def octal(width: int, number: int) -> bytes:
    """The number in octal digits and a NUL, zero where it does not fit (``formatOctal``)."""
    return b"%0*o\0" % (width - 1, number if fits_in_octal(width, number) else 0)


def numeric(width: int, number: int) -> bytes:
    """The number in octal digits, or else in binary, as GNU's tar does (``formatNumeric``)."""
    if fits_in_octal(width, number) or not fits_in_base256(width, number):
        return octal(width, number)
    data = number.to_bytes(width, "big", signed=True)
    return bytes((data[0] | 0x80,)) + data[1:]


def string(width: int, text: bytes) -> bytes:
    """The text, cut or filled with NULs to the width (``formatString``)."""
    if len(text) <= width:
        return text.ljust(width, b"\0")
    field = text[:width]
    if field.endswith(b"/"):
        # Some readers would take a name that is cut behind a slash for the name of a folder.
        end = len(field[:-1].rstrip(b"/"))
        field = field[:end] + b"\0" + field[end + 1 :]
    return field


def assemble(*parts: bytes) -> bytes:
    """A block of the fields, filled up with NULs, and with its checksum (``setFormat``).

    Args:
        parts: the fields in their order, a blank one of 8 spaces where the checksum goes.
    """
    block = b"".join(parts).ljust(BLOCK_SIZE, b"\0")
    # The lower half of Adler-32 is 1 + the sum of the bytes modulo 65,521: exact for 256 bytes.
    checksum = (adler32(block[:256]) & 0xFFFF) + (adler32(block[256:]) & 0xFFFF) - 2
    return b"%b%06o\0 %b" % (block[:_CHECKSUM_AT], checksum, block[_CHECKSUM_END:])
