"""Tar archives as bytes: headers with their checksums, PAX records, entries taken apart.

Lower than ``tarfile``: whatever a header says is kept, and an archive is put together again as it
was. Sizes are in bytes. What the fields mean is POSIX.1-2008, ``pax``, and GNU tar's manual.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable

from pyggcr._dataclasses import dataclass, replace
from pyggcr.differential.generate.archives import member

__all__ = [
    "BLOCK",
    "Entry",
    "base256",
    "join",
    "meta",
    "new_entry",
    "padded",
    "record",
    "split",
    "with_checksum",
]

BLOCK = 512

# Where a header has these fields.
NAME = slice(0, 100)
SIZE = slice(124, 136)
CHECKSUM = slice(148, 156)
KIND = slice(156, 157)
LINK = slice(157, 257)
MAGIC = slice(257, 262)

# Entries that say something of the next one, and those that have no content whatever their size.
_META = b"xgLK"
_WITHOUT_CONTENT = b"123456"
_END = bytes(BLOCK)


def record(key: bytes, value: bytes) -> bytes:
    """A PAX record, its length right."""
    length = len(key) + len(value) + 3
    for digits in range(1, 9):
        if len(str(length + digits)) == digits:
            break
    return b"%d %s=%s\n" % (length + digits, key, value)


def with_checksum(data: bytearray, at: int) -> None:
    """Set the checksum of the header there right."""
    block = data[at : at + BLOCK]
    total = sum(block[: CHECKSUM.start]) + sum(block[CHECKSUM.stop :]) + 8 * ord(" ")
    data[at + CHECKSUM.start : at + CHECKSUM.stop] = b"%06o\0 " % total


def padded(content: bytes) -> bytes:
    """The content, with zeros up to the next block."""
    return content + bytes(-len(content) % BLOCK)


def meta(kind: bytes, content: bytes) -> bytes:
    """A meta entry: its header, its content and the padding."""
    info, _ = member("meta", content)
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[KIND] = kind
    with_checksum(header, 0)
    return bytes(header) + padded(content)


def base256(number: int, width: int) -> bytes:
    """A number as GNU tar writes one that octal digits cannot hold: also negative ones."""
    data = bytearray(number.to_bytes(width, "big", signed=True))
    data[0] |= 0x80
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it lies in an archive.

    Attributes:
        before: the meta entries in front of it.
        header: its own header.
        content: without the padding.
    """

    before: bytes
    header: bytes
    content: bytes

    @property
    def name(self) -> bytes:
        """The name in the header itself; a longer one in ``before`` is not looked at."""
        return self.header[NAME].split(b"\0")[0]

    @property
    def kind(self) -> bytes:
        """The type flag."""
        return self.header[KIND]

    def with_field(self, place: slice, value: bytes) -> Entry:
        """The entry with a field of its header set, filled up with NULs, and a right checksum."""
        header = bytearray(self.header)
        width = place.stop - place.start
        header[place] = value[:width].ljust(width, b"\0")
        with_checksum(header, 0)
        return replace(self, header=bytes(header))

    def with_content(self, content: bytes) -> Entry:
        """The entry with other content, its size right."""
        resized = self.with_field(SIZE, b"%011o" % len(content))
        return replace(resized, content=content)

    def raw(self) -> bytes:
        """The entry as it lies in the archive, padding included."""
        return self.before + self.header + padded(self.content)


def new_entry(name: bytes, content: bytes = b"", kind: bytes = b"0", link: bytes = b"") -> Entry:
    """An entry whose name and link may be any bytes."""
    info, _ = member("new", content)
    entry = Entry(b"", info.tobuf(tarfile.USTAR_FORMAT), content)
    return entry.with_field(NAME, name).with_field(KIND, kind).with_field(LINK, link)


def split(data: bytes) -> tuple[list[Entry], bytes]:
    """The entries of an archive up to where they make no sense, and the bytes from there on."""
    entries: list[Entry] = []
    at = start = 0
    while at + BLOCK <= len(data) and data[at : at + BLOCK] != _END:
        header = data[at : at + BLOCK]
        size = _size(header)
        end = at + BLOCK + (size or 0)
        # Padding that is not zeros, as damage leaves it, would be lost.
        if size is None or end > len(data) or any(data[end : end + -end % BLOCK]):
            break
        if header[KIND] not in _META:
            entries.append(Entry(data[start:at], header, data[at + BLOCK : end]))
        at = end + -end % BLOCK
        if header[KIND] not in _META:
            start = at
    return entries, data[start:]


def join(entries: Iterable[Entry], rest: bytes) -> bytes:
    """The archive of the entries, and what follows them."""
    return b"".join([entry.raw() for entry in entries]) + rest


def _size(header: bytes) -> int | None:
    if header[MAGIC] != b"ustar":
        return None
    if header[KIND] in _WITHOUT_CONTENT:
        return 0
    try:
        return int(header[SIZE].rstrip(b"\0 ") or b"0", 8)
    except ValueError:
        return None
