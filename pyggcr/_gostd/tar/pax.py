# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""PAX extended headers: records of ``length key=value`` that override a header (archive/tar).

Read and written here; which records a header needs when it is written is decided in ``formats``.
"""

from __future__ import annotations

from pyggcr._gostd.tar.header import decode, encode, invalid_header, parse_int, unix_time
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.tar.header import Header, Time

__all__ = [
    "SPARSE_MAJOR",
    "SPARSE_MAP",
    "SPARSE_MINOR",
    "SPARSE_NAME",
    "SPARSE_NUM_BLOCKS",
    "SPARSE_REAL_SIZE",
    "SPARSE_SIZE",
    "format_record",
    "format_time",
    "is_valid_record",
    "merge",
    "parse",
]

SPARSE_NUM_BLOCKS = "GNU.sparse.numblocks"
SPARSE_OFFSET = "GNU.sparse.offset"
SPARSE_NUM_BYTES = "GNU.sparse.numbytes"
SPARSE_MAP = "GNU.sparse.map"
SPARSE_NAME = "GNU.sparse.name"
SPARSE_MAJOR = "GNU.sparse.major"
SPARSE_MINOR = "GNU.sparse.minor"
SPARSE_SIZE = "GNU.sparse.size"
SPARSE_REAL_SIZE = "GNU.sparse.realsize"

# The shortest record: "5 k=" and a line feed.
_MIN_LENGTH = 5
_NANO_DIGITS = 9
_STRINGS = {"path": "name", "linkpath": "linkname", "uname": "uname", "gname": "gname"}
_STRING_KEYS = frozenset(key.encode() for key in _STRINGS)
_NUMBERS = {"uid": "uid", "gid": "gid", "size": "size"}
_TIMES = {"atime": "access_time", "mtime": "mod_time", "ctime": "change_time"}


def parse(data: bytes) -> dict[str, str]:
    """The records (``parsePAX``); the offsets and lengths of a sparse map 0.0 become one record.

    Raises:
        ArchiveError: a record is malformed.
    """
    records: dict[str, str] = {}
    sparse_map: list[str] = []
    position = 0
    while position < len(data):
        key, value, position = _parse_record(data, position)
        if key in (SPARSE_OFFSET, SPARSE_NUM_BYTES):
            wanted = SPARSE_NUM_BYTES if len(sparse_map) % 2 else SPARSE_OFFSET
            if key != wanted or "," in value:
                raise invalid_header()
            sparse_map.append(value)
        else:
            records[key] = value
    if sparse_map:
        records[SPARSE_MAP] = ",".join(sparse_map)
    return records


def _parse_record(data: bytes, start: int) -> tuple[str, str, int]:
    space = data.find(b" ", start)
    if space < 0:
        raise invalid_header()
    length = parse_int(data[start:space])
    end = start + length
    if length < _MIN_LENGTH or end > len(data) or end <= space + 1 or data[end - 1] != 0x0A:
        raise invalid_header()
    key, equals, value = data[space + 1 : end - 1].partition(b"=")
    if not equals or not is_valid_record(key, value):
        raise invalid_header()
    return decode(key), decode(value), end


def is_valid_record(key: bytes, value: bytes) -> bool:
    """Whether the record can be written and may be read (``validPAXRecord``)."""
    if not key or b"=" in key:
        return False
    return b"\0" not in (value if key in _STRING_KEYS else key)


def format_record(key: bytes, value: bytes) -> bytes:
    """The record with its own length before it (``formatPAXRecord``)."""
    record = b" %b=%b\n" % (key, value)
    size = len(record) + len(str(len(record)))
    size = len(record) + len(str(size))  # the length's own digits can make it longer
    return b"%d%b" % (size, record)


def format_time(time: Time) -> bytes:
    """Seconds since 1970, with a fraction where there is one (``formatPAXTime``)."""
    seconds, nanoseconds = time
    if not nanoseconds:
        return b"%d" % seconds
    sign = b""
    if seconds < 0:
        sign, seconds, nanoseconds = b"-", -(seconds + 1), 10**9 - nanoseconds
    return (b"%b%d.%09d" % (sign, seconds, nanoseconds)).rstrip(b"0")


def merge(header: Header, records: dict[str, str] | None) -> None:
    """Let the records override the header (``mergePAX``); an empty value overrides nothing."""
    for key, value in (records or {}).items():
        if not value:
            continue
        if key in _STRINGS:
            setattr(header, _STRINGS[key], value)
        elif key in _NUMBERS:
            setattr(header, _NUMBERS[key], parse_int(encode(value)))
        elif key in _TIMES:
            setattr(header, _TIMES[key], _parse_time(value))
    header.pax_records = records


def merge_leniently(header: Header, records: dict[str, str]) -> None:
    """``merge`` for a global header, whose numbers Go does not insist on."""
    try:
        merge(header, records)
    except ArchiveError:
        header.pax_records = None


def _parse_time(value: str) -> Time | None:
    whole, _, fraction = value.partition(".")
    seconds = parse_int(encode(whole))
    if not fraction:
        return unix_time(seconds)
    if not (fraction.isascii() and fraction.isdigit()):
        raise invalid_header()
    nanoseconds = int(fraction[:_NANO_DIGITS].ljust(_NANO_DIGITS, "0"))
    return unix_time(seconds, -nanoseconds if whole.startswith("-") else nanoseconds)
