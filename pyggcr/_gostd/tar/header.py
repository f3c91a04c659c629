"""One header block of a tar archive: formats, fields and numbers (archive/tar/format.go).

All variants that Go knows: V7, USTAR, PAX, GNU and STAR. What follows a header in further
blocks is in ``pax`` and ``sparse``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from pyggcr.errors import ArchiveError

__all__ = [
    "BLOCK_SIZE",
    "Format",
    "Header",
    "Time",
    "format_of",
    "has_no_content",
    "invalid_header",
    "padding",
    "parse_header",
    "parse_int",
    "parse_numeric",
    "parse_string",
]

BLOCK_SIZE = 512

# Bits of tar.Format, in Go's order.
V7, USTAR, PAX, GNU, STAR = 2, 4, 8, 16, 32
_FORMAT_NAMES = {V7: "V7", USTAR: "USTAR", PAX: "PAX", GNU: "GNU", STAR: "STAR"}

# Types whose size field says nothing (isHeaderOnlyType): links, devices, folders, pipes.
_HEADER_ONLY = frozenset("123456")

_MAGIC = slice(257, 263)
_VERSION = slice(263, 265)
_STAR_TRAILER = slice(508, 512)
_CHECKSUM = slice(148, 156)
_MAX_INT64 = (1 << 63) - 1
_OCTAL = re.compile(rb"[0-7]+")
_DECIMAL = re.compile(rb"[+-]?[0-9]+")


class Format:
    """The bits of ``tar.Format`` by name, and how Go prints a set of them."""

    V7, USTAR, PAX, GNU, STAR = V7, USTAR, PAX, GNU, STAR

    @staticmethod
    def text(bits: int) -> str:
        """``Format.String``."""
        names = [name for bit, name in _FORMAT_NAMES.items() if bits & bit]
        if not names:
            return "<unknown>"
        return names[0] if len(names) == 1 else f"({' | '.join(names)})"


class Time(NamedTuple):
    """A point in time: seconds since 1970 and nanoseconds."""

    seconds: int
    nanoseconds: int


@dataclass(slots=True)
class Header:
    """What an entry's headers say (``tar.Header``), and where its content lies.

    Attributes:
        typeflag: one character; ``0`` is a regular file.
        size: bytes of content, holes of a sparse file included.
        offset: where the content begins, counted from where the archive begins.
        physical_size: bytes that the content takes in the archive.
        holes: ``None``, or the holes of a sparse file as (offset, length); the last one ends
            where the file ends.
    """

    name: str = ""
    typeflag: str = "0"
    linkname: str = ""
    size: int = 0
    mode: int = 0
    uid: int = 0
    gid: int = 0
    uname: str = ""
    gname: str = ""
    mod_time: Time | None = None
    access_time: Time | None = None
    change_time: Time | None = None
    devmajor: int = 0
    devminor: int = 0
    pax_records: dict[str, str] | None = None
    format: int = 0
    offset: int = 0
    physical_size: int = 0
    holes: tuple[tuple[int, int], ...] | None = field(default=None)


def invalid_header() -> ArchiveError:
    """``tar.ErrHeader``."""
    return ArchiveError("archive/tar: invalid tar header")


def has_no_content(typeflag: str) -> bool:
    """Whether the type has no content whatever its size field says."""
    return typeflag in _HEADER_ONLY


def padding(size: int) -> int:
    """Bytes from ``size`` to the next block."""
    return -size % BLOCK_SIZE


def decode(data: bytes) -> str:
    """Go's string as Python's, no byte lost."""
    return data.decode("utf-8", "surrogateescape")


def parse_string(data: bytes) -> str:
    """Up to the first NUL."""
    return decode(data.partition(b"\0")[0])


def parse_int(data: bytes) -> int:
    """``strconv.ParseInt(s, 10, 64)``; what it refuses is an invalid header."""
    if _DECIMAL.fullmatch(data):
        value = int(data)
        if -_MAX_INT64 - 1 <= value <= _MAX_INT64:
            return value
    raise invalid_header()


def parse_numeric(data: bytes) -> int:
    """A number in octal digits, or big-endian with the highest bit set."""
    if not data[0] & 0x80:
        return _parse_octal(data)
    negative = bool(data[0] & 0x40)
    if negative:
        data = bytes(byte ^ 0xFF for byte in data)
    value = int.from_bytes(bytes((data[0] & 0x7F,)) + data[1:], "big")
    if value > _MAX_INT64:
        raise invalid_header()
    return ~value if negative else value


def _parse_octal(data: bytes) -> int:
    digits = data.strip(b" \0").partition(b"\0")[0]
    if not digits:
        return 0
    if not _OCTAL.fullmatch(digits):
        raise invalid_header()
    value = int(digits, 8)
    if value >> 64:
        raise invalid_header()
    return value - (1 << 64) if value > _MAX_INT64 else value


def format_of(block: bytes) -> int:
    """The formats that the block may have; none if its checksum is wrong (``getFormat``)."""
    try:
        wanted = _parse_octal(block[_CHECKSUM])
    except ArchiveError:
        return 0
    rest = block[:148] + b"        " + block[156:]
    unsigned = sum(rest)
    if wanted != unsigned and wanted != unsigned - 256 * sum(byte > 0x7F for byte in rest):
        return 0
    magic = block[_MAGIC]
    if magic == b"ustar\0":
        return STAR if block[_STAR_TRAILER] == b"tar\0" else USTAR | PAX
    if magic == b"ustar " and block[_VERSION] == b" \0":
        return GNU
    return V7


def parse_header(block: bytes) -> Header:
    """The fields of a header block (``Reader.readHeader``).

    Raises:
        ArchiveError: the checksum or a number is wrong.
    """
    kind = format_of(block)
    if not kind:
        raise invalid_header()
    header = Header(
        name=parse_string(block[0:100]),
        typeflag=chr(block[156]),
        linkname=parse_string(block[157:257]),
        size=parse_numeric(block[124:136]),
        mode=parse_numeric(block[100:108]),
        uid=parse_numeric(block[108:116]),
        gid=parse_numeric(block[116:124]),
        mod_time=Time(parse_numeric(block[136:148]), 0),
    )
    if kind > V7:
        header.uname = parse_string(block[265:297])
        header.gname = parse_string(block[297:329])
        header.devmajor = parse_numeric(block[329:337])
        header.devminor = parse_numeric(block[337:345])
        prefix = _EXTENSIONS[kind](header, block)
        if prefix:
            header.name = f"{prefix}/{header.name}"
    return header


def _extend_ustar(header: Header, block: bytes) -> str:
    # Each number has to end in NUL, and all has to be ASCII, for Go to be sure of the format.
    ends = (block[at] for at in (135, 107, 115, 123, 147, 336, 344))
    if block.isascii() and not any(ends):
        header.format = USTAR | PAX
    return parse_string(block[345:500])


def _extend_star(header: Header, block: bytes) -> str:
    header.access_time = Time(parse_numeric(block[476:488]), 0)
    header.change_time = Time(parse_numeric(block[488:500]), 0)
    return parse_string(block[345:476])


def _extend_gnu(header: Header, block: bytes) -> str:
    access, change = block[345:357], block[357:369]
    try:
        if access[0]:
            header.access_time = Time(parse_numeric(access), 0)
        if change[0]:
            header.change_time = Time(parse_numeric(change), 0)
    except ArchiveError:
        # Go up to 1.8 wrote a USTAR prefix here (golang/go issue 21005); read it if it is one.
        header.access_time = header.change_time = None
        prefix = parse_string(block[345:500])
        return prefix if prefix.isascii() else ""
    header.format = GNU
    return ""


_EXTENSIONS = {USTAR | PAX: _extend_ustar, STAR: _extend_star, GNU: _extend_gnu}
