# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Header blocks as archive/tar's Writer makes them: USTAR, PAX with its records, GNU.

A header that USTAR can hold as it is, as nearly all are, becomes a block in one go; the others go
through the same steps as in Go. The order of the writer's calls is in ``writer``.
"""

from __future__ import annotations

from collections.abc import Callable

from pyggcr._gostd import path
from pyggcr._gostd.tar import pax
from pyggcr._gostd.tar.fields import (
    GNU_MAGIC,
    LINK_SIZE,
    LONG_NUMBER_SIZE,
    NAME_SIZE,
    NUMBER_SIZE,
    OWNER_SIZE,
    USTAR_MAGIC,
    assemble,
    numeric,
    octal,
    string,
    to_ascii,
)
from pyggcr._gostd.tar.formats import GLOBAL_HEADER, CheckedHeader, split_path
from pyggcr._gostd.tar.header import (
    MAX_SPECIAL_SIZE,
    PAX,
    USTAR,
    ZERO_TIME,
    decode,
    encode,
    has_no_content,
    padding,
)
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple, TypeAlias

    from pyggcr._gostd.tar.header import Header, Time
else:
    from pyggcr._typing import NamedTuple

__all__ = ["Encoded", "encode_checked", "encode_common", "encode_header"]

_LONG_NAME = b"././@LongLink"
_GLOBAL_NAME = b"GlobalHead.0.0"
_PAX_FOLDER = "PaxHeaders.0"
_TYPE_LONG_NAME, _TYPE_LONG_LINK, _TYPE_PAX = ord("L"), ord("K"), ord("x")
_BLANK = b" " * 8  # where the checksum goes

_COMMON_TYPES = frozenset("\x0001234567")
_NOT_FOLDERS = frozenset("0346")
_NUMBER_BITS = 3 * (NUMBER_SIZE - 1)
_LONG_NUMBER_BITS = 3 * (LONG_NUMBER_SIZE - 1)
# Mode, uid, gid, size and time of change, a blank checksum, the type.
_COMMON_NUMBERS = b"%07o\0%07o\0%07o\0%011o\0%011o\0        %b"
_COMMON_DEVICES = b"%07o\0%07o\0"

_String: TypeAlias = Callable[[int, bytes], bytes]
_Number: TypeAlias = Callable[[int, int], bytes]


class Encoded(NamedTuple):
    """The blocks of a header, how many bytes of content follow, and of padding after those."""

    blocks: bytes
    size: int
    padding: int


def encode_header(header: Header) -> Encoded:
    """A header in the first format that can hold it.

    Raises:
        ArchiveError: none can, or its PAX records are too long.
    """
    encoded = encode_common(header)
    return encode_checked(CheckedHeader(header)) if encoded is None else encoded


def encode_common(header: Header) -> Encoded | None:
    """A header that USTAR can hold as it is; ``None`` if that is not plain at first sight."""
    name, linkname, uname, gname = header.name, header.linkname, header.uname, header.gname
    form, typeflag, size = header.format, header.typeflag, header.size
    texts = f"{name}{linkname}{uname}{gname}"
    seconds, nanoseconds = header.mod_time or (0, 0)
    mode, uid, gid = header.mode, header.uid, header.gid
    major, minor = header.devmajor, header.devminor
    if (
        typeflag not in _COMMON_TYPES
        or (form and (not form & (USTAR | PAX) or header.access_time or header.change_time))
        or header.pax_records
        or header.xattrs
        or nanoseconds
        or (mode | uid | gid | major | minor) >> _NUMBER_BITS
        or (size | seconds) >> _LONG_NUMBER_BITS
        or not texts.isascii()
        or "\0" in texts
        or max(len(name), len(linkname)) > NAME_SIZE
        or max(len(uname), len(gname)) > OWNER_SIZE
    ):
        return None
    if typeflag == "\0":
        typeflag = "5" if name.endswith("/") else "0"
    elif typeflag in _NOT_FOLDERS and name.endswith("/"):
        return None
    block = assemble(
        name.encode().ljust(NAME_SIZE, b"\0"),
        _COMMON_NUMBERS % (mode, uid, gid, size, seconds, typeflag.encode()),
        linkname.encode().ljust(LINK_SIZE, b"\0"),
        USTAR_MAGIC,
        uname.encode().ljust(OWNER_SIZE, b"\0"),
        gname.encode().ljust(OWNER_SIZE, b"\0"),
        _COMMON_DEVICES % (major, minor),
    )
    if has_no_content(typeflag):
        size = 0
    return Encoded(block, size, padding(size))


def encode_checked(header: CheckedHeader) -> Encoded:
    """A header in the format that was chosen for it.

    Raises:
        ArchiveError: its PAX records are too long.
    """
    if header.typeflag == GLOBAL_HEADER:
        data = _records(header.records)
        block = _raw(header.name or _GLOBAL_NAME, len(data), GLOBAL_HEADER, USTAR_MAGIC)
        return Encoded(block + data, 0, padding(len(data)))
    make = {USTAR: _ustar, PAX: _pax}.get(header.chosen, _gnu)
    return Encoded(make(header), header.content_size, padding(header.content_size))


def _ustar(header: CheckedHeader) -> bytes:
    prefix, name = split_path(header.name) or (b"", header.name)
    return _template(header, name, string, octal, USTAR_MAGIC, prefix)


def _pax(header: CheckedHeader) -> bytes:
    extension = b""
    if header.records:
        data = _records(header.records)
        folder, slash, file = decode(header.name).rpartition("/")
        name = encode(path.join(folder + slash, _PAX_FOLDER, file))
        extension = _raw_file(name, data, _TYPE_PAX, USTAR_MAGIC)
    return extension + _template(header, header.name, _ascii_string, octal, USTAR_MAGIC)


def _gnu(header: CheckedHeader) -> bytes:
    extensions = [
        _raw_file(_LONG_NAME, text + b"\0", typeflag, GNU_MAGIC)
        for text, typeflag in ((header.name, _TYPE_LONG_NAME), (header.linkname, _TYPE_LONG_LINK))
        if len(text) > NAME_SIZE
    ]
    times = b"".join(map(_gnu_time, (header.access_time, header.change_time)))
    block = _template(header, header.name, string, numeric, GNU_MAGIC, times)
    return b"".join((*extensions, block))


def _gnu_time(time: Time | None) -> bytes:
    if time is None or time == ZERO_TIME:
        return bytes(LONG_NUMBER_SIZE)
    return numeric(LONG_NUMBER_SIZE, time.seconds)


def _template(
    header: CheckedHeader,
    name: bytes,
    text: _String,
    number: _Number,
    magic: bytes,
    last: bytes = b"",
) -> bytes:
    """The fields that all formats share (``templateV7Plus``), then those of one."""
    time = header.mod_time
    seconds = 0 if time is None or time == ZERO_TIME else time.seconds
    return assemble(
        text(NAME_SIZE, name),
        number(NUMBER_SIZE, header.mode),
        number(NUMBER_SIZE, header.uid),
        number(NUMBER_SIZE, header.gid),
        number(LONG_NUMBER_SIZE, header.size),
        number(LONG_NUMBER_SIZE, seconds),
        _BLANK,
        bytes((header.typeflag,)),
        text(LINK_SIZE, header.linkname),
        magic,
        text(OWNER_SIZE, header.uname),
        text(OWNER_SIZE, header.gname),
        number(NUMBER_SIZE, header.devmajor),
        number(NUMBER_SIZE, header.devminor),
        last,
    )


def _ascii_string(width: int, text: bytes) -> bytes:
    return string(width, to_ascii(text))


def _raw_file(name: bytes, data: bytes, typeflag: int, magic: bytes) -> bytes:
    """A file that extends the header behind it (``writeRawFile``), padding included."""
    return _raw(name, len(data), typeflag, magic) + data + bytes(padding(len(data)))


def _raw(name: bytes, size: int, typeflag: int, magic: bytes) -> bytes:
    nothing = octal(NUMBER_SIZE, 0)
    return assemble(
        string(NAME_SIZE, to_ascii(name)[:NAME_SIZE].rstrip(b"/")),
        nothing * 3,
        octal(LONG_NUMBER_SIZE, size),
        octal(LONG_NUMBER_SIZE, 0),
        _BLANK,
        bytes((typeflag,)),
        bytes(LINK_SIZE),
        magic,
    )


def _records(records: dict[bytes, bytes]) -> bytes:
    data = b"".join(pax.format_record(key, records[key]) for key in sorted(records))
    if len(data) > MAX_SPECIAL_SIZE:
        raise ArchiveError("archive/tar: header field too long")
    return data
