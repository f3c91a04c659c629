# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""One header block of a tar archive: formats, fields and numbers (archive/tar/format.go).

All variants that Go knows: V7, USTAR, PAX, GNU and STAR. A header of a common form is checked
at one stroke, and its fields are parsed when they are asked for. What follows a header in
further blocks is in ``pax`` and ``sparse``.
"""

from __future__ import annotations

import re
from zlib import adler32

from pyggcr._gostd.strconv import normalize
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple
else:
    from pyggcr._typing import NamedTuple

__all__ = [
    "BLOCK_SIZE",
    "END",
    "MAX_INT64",
    "MAX_SPECIAL_SIZE",
    "ZERO_BLOCK",
    "ZERO_TIME",
    "Format",
    "Header",
    "Time",
    "as_int64",
    "decode",
    "encode",
    "format_of",
    "has_no_content",
    "invalid_header",
    "padding",
    "parse_common",
    "parse_header",
    "parse_int",
    "parse_numeric",
    "parse_string",
    "unix_time",
]

BLOCK_SIZE = 512
ZERO_BLOCK = bytes(BLOCK_SIZE)
END = 2 * ZERO_BLOCK  # of an archive
MAX_SPECIAL_SIZE = 1 << 20  # maxSpecialFileSize: bytes of a PAX or GNU meta entry
MAX_INT64 = (1 << 63) - 1

# Bits of tar.Format, with Go's values.
V7, USTAR, PAX, GNU, STAR = 1, 2, 4, 8, 16
_FORMAT_NAMES = {V7: "V7", USTAR: "USTAR", PAX: "PAX", GNU: "GNU", STAR: "STAR"}

# Types whose size field says nothing (isHeaderOnlyType): links, devices, folders, pipes.
_HEADER_ONLY = frozenset("123456")

_SIZE = slice(124, 136)
_MAGIC = slice(257, 263)
_VERSION = slice(263, 265)
_STAR_TRAILER = slice(508, 512)
_CHECKSUM = slice(148, 156)
_CHECKSUM_BLANK = 8 * ord(" ")
_OCTAL = re.compile(rb"[0-7]+")
_DECIMAL = re.compile(rb"([+-]?)0*([0-9]{1,19})")

# From the mode on: every number in octal digits that end in NUL (devices may be left out), and
# the magic of USTAR, or of GNU with no times of access and change. Groups: size, checksum, magic.
_COMMON_START = 100
_COMMON = re.compile(
    rb"(?:[0-7]{7}\0){3}([0-7]{11})\0[0-7]{11}\0([0-7]{6})\0 .{101}"
    rb"(?:(ustar)\0.{66}(?:[0-7]{7}\0|\0{8}){2}|ustar  \0.{64}(?:[0-7]{7}\0|\0{8}){2}\0.{11}\0)",
    re.DOTALL,
)


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


# The first of January of the year 1, where Go's time.Time begins.
ZERO_TIME = Time(-62135596800, 0)


class Header:
    """What an entry's headers say (``tar.Header``), and where its content lies.

    A header to write is made by calling the class; ``parse_header`` makes those that are read.

    Attributes:
        typeflag: one character; ``0`` is a regular file, NUL a regular file or, where the name
            ends with a slash, a folder.
        size: bytes of content, holes of a sparse file included.
        mod_time: ``None`` is Go's zero time, and likewise for the other times.
        pax_records: ``None`` if no PAX header came before.
        xattrs: extended attributes to write besides those in ``pax_records``. The reader leaves
            them in ``pax_records``, under ``SCHILY.xattr.``.
        format: bits of ``Format``; 0 if Go is not sure of it, or lets the writer choose.
        offset: where the content begins, counted from where the archive begins.
        physical_size: bytes that the content takes in the archive.
        holes: ``None``, or the holes of a sparse file as (offset, length); the last one ends
            where the file ends.
    """

    __slots__ = (
        "_block",
        "access_time",
        "change_time",
        "devmajor",
        "devminor",
        "format",
        "gid",
        "gname",
        "holes",
        "linkname",
        "mod_time",
        "mode",
        "name",
        "offset",
        "pax_records",
        "physical_size",
        "size",
        "typeflag",
        "uid",
        "uname",
        "xattrs",
    )

    linkname: str
    mode: int
    uid: int
    gid: int
    uname: str
    gname: str
    mod_time: Time | None
    devmajor: int
    devminor: int
    access_time: Time | None
    change_time: Time | None
    pax_records: dict[str, str] | None
    xattrs: dict[str, str] | None
    holes: tuple[tuple[int, int], ...] | None

    def __init__(
        self,
        name: str = "",
        *,
        typeflag: str = "\0",
        linkname: str = "",
        size: int = 0,
        mode: int = 0,
        uid: int = 0,
        gid: int = 0,
        uname: str = "",
        gname: str = "",
        mod_time: Time | None = None,
        access_time: Time | None = None,
        change_time: Time | None = None,
        devmajor: int = 0,
        devminor: int = 0,
        pax_records: dict[str, str] | None = None,
        xattrs: dict[str, str] | None = None,
        format: int = 0,  # noqa: A002 - the field's name in Go
    ) -> None:
        self._block = ZERO_BLOCK
        self.name: str = name
        self.typeflag: str = typeflag
        self.linkname = linkname
        self.size: int = size
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.uname = uname
        self.gname = gname
        self.mod_time = mod_time
        self.access_time = access_time
        self.change_time = change_time
        self.devmajor = devmajor
        self.devminor = devminor
        self.pax_records = pax_records
        self.xattrs = xattrs
        self.format: int = format
        self.offset: int = 0
        self.physical_size: int = 0
        self.holes = None

    @classmethod
    def of_block(cls, block: bytes, name: str, typeflag: str, size: int, form: int) -> Header:
        """A header whose other fields are parsed from the block when they are asked for."""
        header = cls.__new__(cls)
        header._block = block
        header.name = name
        header.typeflag = typeflag
        header.size = size
        header.format = form
        header.pax_records = None
        header.offset = 0
        header.physical_size = 0
        header.holes = None
        return header

    def __getattr__(self, field: str) -> object:
        # Python comes here for a slot that holds nothing yet.
        parse = _FIELDS.get(field)
        if parse is None:
            raise AttributeError(field)
        value = parse(self._block)
        setattr(self, field, value)
        return value

    def __repr__(self) -> str:
        return f"Header(name={self.name!r}, typeflag={self.typeflag!r}, size={self.size})"


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


def encode(text: str) -> bytes:
    """Python's string as Go's: the inverse of ``decode``."""
    return normalize(text).encode("utf-8", "surrogateescape")


def parse_string(data: bytes) -> str:
    """Up to the first NUL."""
    return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def parse_int(data: bytes) -> int:
    """``strconv.ParseInt(s, 10, 64)``; what it refuses is an invalid header."""
    number = _DECIMAL.fullmatch(data)
    if number:
        sign, digits = number.groups()
        value = -int(digits) if sign == b"-" else int(digits)
        if -MAX_INT64 - 1 <= value <= MAX_INT64:
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
    if value > MAX_INT64:
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
    return as_int64(value)


def as_int64(value: int) -> int:
    """What becomes of a sum in Go, where it wraps around."""
    return (value + MAX_INT64 + 1) % (1 << 64) - MAX_INT64 - 1


def unix_time(seconds: int, nanoseconds: int = 0) -> Time | None:
    """``time.Unix``, for nanoseconds of less than a second either way; ``None`` if zero to Go."""
    if nanoseconds < 0:
        seconds, nanoseconds = as_int64(seconds - 1), nanoseconds + 10**9
    time = Time(seconds, nanoseconds)
    return None if time == ZERO_TIME else time


def _string_at(start: int, width: int) -> Callable[[bytes], str]:
    return lambda block: parse_string(block[start : start + width])


def _number_at(start: int, width: int) -> Callable[[bytes], int]:
    return lambda block: parse_numeric(block[start : start + width])


# What a header's slots hold, by where they are in the block.
_FIELDS: dict[str, Callable[[bytes], object]] = {
    "mode": _number_at(100, 8),
    "uid": _number_at(108, 8),
    "gid": _number_at(116, 8),
    "mod_time": lambda block: unix_time(parse_numeric(block[136:148])),
    "linkname": _string_at(157, 100),
    "uname": _string_at(265, 32),
    "gname": _string_at(297, 32),
    "devmajor": _number_at(329, 8),
    "devminor": _number_at(337, 8),
    "access_time": lambda _: None,
    "change_time": lambda _: None,
    "xattrs": lambda _: None,
}
_V7_NUMBERS = ("mode", "uid", "gid", "mod_time")
_DEVICE_NUMBERS = ("devmajor", "devminor")


def _sum_bytes(block: bytes) -> int:
    # The lower half of Adler-32 is 1 + the sum of the bytes modulo 65,521: exact for 256 bytes.
    return (adler32(block[:256]) & 0xFFFF) + (adler32(block[256:]) & 0xFFFF) - 2


def _checksum(block: bytes) -> int:
    return _sum_bytes(block) - sum(block[_CHECKSUM]) + _CHECKSUM_BLANK


def format_of(block: bytes) -> int:
    """The formats that the block may have; none if its checksum is wrong (``getFormat``)."""
    try:
        wanted = _parse_octal(block[_CHECKSUM])
    except ArchiveError:
        return 0
    unsigned = _checksum(block)
    if wanted != unsigned:
        # Sun's tar added up signed bytes.
        rest = block[:148] + block[156:]
        if wanted != unsigned - 256 * sum(byte > 0x7F for byte in rest):
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
    return parse_common(block) or _parse_uncommon(block)


def parse_common(block: bytes) -> Header | None:
    """``parse_header`` for a header of a common form; nothing for any other, also a short one."""
    common = _COMMON.match(block, _COMMON_START)
    if common is None or len(block) < BLOCK_SIZE:
        return None
    size, checksum, ustar = common.groups()
    if int(checksum, 8) != _checksum(block):
        return None
    name = parse_string(block[:100])
    if not ustar:
        return Header.of_block(block, name, chr(block[156]), int(size, 8), GNU)
    if block[_STAR_TRAILER] == b"tar\0":
        return None
    if block[345]:
        name = f"{parse_string(block[345:500])}/{name}"
    form = USTAR | PAX if block.isascii() else 0
    return Header.of_block(block, name, chr(block[156]), int(size, 8), form)


def _parse_uncommon(block: bytes) -> Header:
    kind = format_of(block)
    if not kind:
        raise invalid_header()
    name = parse_string(block[:100])
    header = Header.of_block(block, name, chr(block[156]), parse_numeric(block[_SIZE]), 0)
    for field in _V7_NUMBERS:
        getattr(header, field)  # which refuses what is no number
    if kind == V7:
        header.uname = header.gname = ""
        header.devmajor = header.devminor = 0
        return header
    for field in _DEVICE_NUMBERS:
        getattr(header, field)
    prefix = _EXTENSIONS[kind](header, block)
    if prefix:
        header.name = f"{prefix}/{name}"
    return header


def _extend_ustar(header: Header, block: bytes) -> str:
    # Each number has to end in NUL, and all has to be ASCII, for Go to be sure of the format.
    ends = (block[at] for at in (135, 107, 115, 123, 147, 336, 344))
    if block.isascii() and not any(ends):
        header.format = USTAR | PAX
    return parse_string(block[345:500])


def _extend_star(header: Header, block: bytes) -> str:
    header.access_time = unix_time(parse_numeric(block[476:488]))
    header.change_time = unix_time(parse_numeric(block[488:500]))
    return parse_string(block[345:476])


def _extend_gnu(header: Header, block: bytes) -> str:
    access, change = block[345:357], block[357:369]
    try:
        access_time = unix_time(parse_numeric(access)) if access[0] else None
        change_time = unix_time(parse_numeric(change)) if change[0] else None
    except ArchiveError:
        # Go up to 1.8 wrote a USTAR prefix here (golang/go issue 21005); read it if it is one.
        prefix = parse_string(block[345:500])
        return prefix if prefix.isascii() else ""
    header.access_time, header.change_time = access_time, change_time
    header.format = GNU
    return ""


_EXTENSIONS = {USTAR | PAX: _extend_ustar, STAR: _extend_star, GNU: _extend_gnu}
