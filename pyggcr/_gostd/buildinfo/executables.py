# Copyright 2021 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Where the build information of an executable may be: ELF, PE, Mach-O, XCOFF and Plan 9.

Only what that takes is read: headers, and where segments or sections lie in the file. Go has this
in ``debug/elf``, ``debug/pe``, ``debug/macho``, ``internal/xcoff`` and ``debug/plan9obj``.
Every count and offset may lie, so nothing is read that is not in the file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from pyggcr._dataclasses import dataclass
from pyggcr.errors import BuildInfoError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


__all__ = ["NOT_GO", "UNRECOGNIZED", "Executable", "open_executable"]

NOT_GO = "not a Go executable"
UNRECOGNIZED = "unrecognized file format"

_ADDRESSES = (1 << 64) - 1
_IDENT = 16  # bytes from which the format can be told
_MOST_NAMES = 16 << 20  # bytes of a table of section names

_ELF_SECTION = b".go.buildinfo"
_ELF_NAMES = 3  # SHT_STRTAB
_ELF_LOAD = 1  # PT_LOAD
_ELF_EXECUTABLE, _ELF_WRITABLE = 1, 2  # PF_X, PF_W

_PE_MACHINES = (0, 0x14C, 0x1C4, 0x8664, 0xAA64, 0x5032, 0x5064, 0x5128)
_PE_DATA = 0x40 | 0x40000000 | 0x80000000  # initialized data, read, write
_PE_ALIGNED = 0x600000  # IMAGE_SCN_ALIGN_32BYTES

_MACHO_SECTION = b"__go_buildinfo"
_MACHO_PAGE_ZERO = b"__PAGEZERO"
_MACHO_READ_WRITE = 3
_MACHO_SEGMENTS = {0x1: False, 0x19: True}  # LC_SEGMENT, LC_SEGMENT_64
_FAT_ENTRY = 20

_XCOFF_DATA = 0x40  # STYP_DATA
_XCOFF_64 = 0x01F7

_PLAN9_MAGICS = (0x1EB, 0x647, 0x8A97)  # 386, arm, amd64
_PLAN9_WIDE = 0x8000


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment or a section: addresses, and the bytes of the file that are loaded there."""

    address: int
    size: int
    offset: int
    last: int  # address

    def __contains__(self, address: int) -> bool:
        return self.address <= address <= self.last


class Executable:
    """The parts of an executable, addressed as they are in memory.

    Attributes:
        start: the address from which the build information is looked for.
        size: how many bytes of it may hold it; 0 if there is none.
    """

    __slots__ = ("_file", "_parts", "length", "size", "start")

    def __init__(self, file: _File, parts: list[_Part], start: tuple[int, int] | None) -> None:
        self._file = file
        self._parts = parts
        self.start, self.size = start or (0, 0)
        self.length = file.length

    def read(self, address: int, size: int) -> bytes:
        """As many of the bytes from an address on as its part has; none if it has no more.

        Raises:
            BuildInfoError: nothing is loaded there.
        """
        for part in self._parts:
            if address in part:
                skipped = address - part.address
                return self._file.read(part.offset + skipped, min(size, part.size - skipped))
        raise BuildInfoError(UNRECOGNIZED)


class _File:
    """A file that is read anywhere, and never beyond its end."""

    __slots__ = ("_base", "_file", "length")

    def __init__(self, file: BinaryIO, base: int = 0, length: int | None = None) -> None:
        self._file = file
        self._base = base
        self.length = file.seek(0, os.SEEK_END) if length is None else length

    def part(self, offset: int, size: int) -> _File:
        """A file in the file."""
        offset = min(offset, self.length)
        return _File(self._file, self._base + offset, min(size, self.length - offset))

    def read(self, offset: int, size: int) -> bytes:
        """The bytes from an offset on; fewer at the end of the file."""
        if not 0 <= offset < self.length or size <= 0:
            return b""
        self._file.seek(self._base + offset)
        return self._file.read(min(size, self.length - offset))

    def exactly(self, offset: int, size: int) -> bytes:
        """The bytes from an offset on, all of them."""
        data = self.read(offset, size) if size <= self.length else b""
        if len(data) != size:
            raise BuildInfoError(UNRECOGNIZED)
        return data

    def unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        return struct.unpack(layout, self.exactly(offset, struct.calcsize(layout)))

    def table(self, layout: str, offset: int, count: int, stride: int) -> Iterator[tuple[int, ...]]:
        """The rows of a table; each may be longer than what is read of it."""
        needed = struct.calcsize(layout)
        if count and stride < needed:
            raise BuildInfoError(UNRECOGNIZED)
        data = self.exactly(offset, count * stride) if count else b""
        for number in range(count):
            yield struct.unpack_from(layout, data, number * stride)


def open_executable(file: BinaryIO) -> Executable:
    """The executable in a file that can seek.

    Raises:
        BuildInfoError: it is in none of the formats, or breaks the rules of its own.
    """
    whole = _File(file)
    ident = whole.exactly(0, _IDENT)
    if ident.startswith(b"\x7fELF"):
        return _elf(whole, ident)
    if ident.startswith(b"MZ"):
        return _pe(whole)
    if ident.startswith(b"\xfe\xed\xfa") or ident[1:].startswith(b"\xfa\xed\xfe"):
        return _macho(whole, ident)
    if ident.startswith(b"\xca\xfe\xba\xbe"):
        return _fat(whole)
    if ident.startswith((b"\x01\xdf", b"\x01\xf7")):
        return _xcoff(whole)
    if int.from_bytes(ident[:4], "big") in _PLAN9_MAGICS:
        return _plan9(whole)
    raise BuildInfoError(UNRECOGNIZED)


def _part(address: int, size: int, offset: int, most: int = _ADDRESSES) -> _Part:
    return _Part(address, size, offset, (address + size - 1) & most)


def _elf(file: _File, ident: bytes) -> Executable:
    wide = {1: False, 2: True}.get(ident[4])
    order = {1: "<", 2: ">"}.get(ident[5])
    if wide is None or order is None or ident[6] != 1:
        raise BuildInfoError(UNRECOGNIZED)
    word = "Q" if wide else "I"
    header = file.unpack(f"{order}HHI{word}{word}{word}IHHHHHH", _IDENT)
    version, segments_at, sections_at = header[2], header[4], header[5]
    segment_size, segments, section_size, sections, names = header[8:]
    if version != 1 or (sections and (names >= sections or not sections_at)):
        raise BuildInfoError(UNRECOGNIZED)
    parts: list[_Part] = []
    writable: tuple[int, int] | None = None
    # type, flags, offset, virtual address, physical address, size in the file, size in memory
    layout = f"{order}IIQQQQQQ" if wide else f"{order}IIIIIIII"
    for row in file.table(layout, segments_at, segments, segment_size):
        kind, flags = row[0], row[1 if wide else 6]
        offset, address, size, in_memory = (
            (row[2], row[3], row[5], row[6]) if wide else (row[1], row[2], row[4], row[5])
        )
        parts.append(_part(address, size, offset))
        loaded = kind == _ELF_LOAD and flags & (_ELF_EXECUTABLE | _ELF_WRITABLE) == _ELF_WRITABLE
        if loaded and writable is None:
            writable = (address, in_memory)
    layout = f"{order}II{word}{word}{word}{word}"  # name, type, flags, address, offset, size
    rows = list(file.table(layout, sections_at, sections, section_size))
    named = _elf_section(file, rows, names)
    return Executable(file, parts, named or writable)


def _elf_section(file: _File, rows: list[tuple[int, ...]], names: int) -> tuple[int, int] | None:
    """Address and size of the section for build information."""
    if not rows or not names:
        return None
    _, kind, _, _, offset, size = rows[names]
    if kind != _ELF_NAMES or size > _MOST_NAMES:
        raise BuildInfoError(UNRECOGNIZED)
    table = file.exactly(offset, size)
    for name, _, _, address, _, length in rows:
        if table.startswith(_ELF_SECTION + b"\0", name):
            return address, length
    return None


def _pe(file: _File) -> Executable:
    (at,) = file.unpack("<I", 0x3C)
    if file.exactly(at, 4) != b"PE\0\0":
        raise BuildInfoError(UNRECOGNIZED)
    machine, sections, _, _, _, optional, _ = file.unpack("<HHIIIHH", at + 4)
    at += 24
    if machine not in _PE_MACHINES:
        raise BuildInfoError(UNRECOGNIZED)
    base = 0
    if optional:
        magic = file.unpack("<H", at)[0]
        layouts = {0x10B: ("<I", 28), 0x20B: ("<Q", 24)}
        if magic not in layouts:
            raise BuildInfoError(UNRECOGNIZED)
        layout, place = layouts[magic]
        base = file.unpack(layout, at + place)[0]
    parts: list[_Part] = []
    data: tuple[int, int] | None = None
    # name, virtual size, virtual address, size and place of the data; relocations; characteristics
    for row in file.table("<QIIIIIIHHI", at + optional, sections, 40):
        _, in_memory, address, size, offset, *_, flags = row
        if offset:
            last = (address + size - 1) & 0xFFFFFFFF
            parts.append(_Part(address + base, size, offset, last + base))
        if data is None and address and size and flags & ~_PE_ALIGNED == _PE_DATA:
            data = (address + base, in_memory)
    return Executable(file, parts, data)


def _macho(file: _File, ident: bytes) -> Executable:
    order = ">" if ident[0] == 0xFE else "<"
    magic, _, _, _, commands, length, _ = file.unpack(f"{order}7I", 0)
    if magic not in (0xFEEDFACE, 0xFEEDFACF):
        raise BuildInfoError(UNRECOGNIZED)
    data = file.exactly(32 if magic & 1 else 28, length)
    parts: list[_Part] = []
    named: tuple[int, int] | None = None
    writable: tuple[int, int] | None = None
    at = 0
    for _ in range(commands):
        if len(data) - at < 8:
            raise BuildInfoError(UNRECOGNIZED)
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if size < 8 or size > len(data) - at:
            raise BuildInfoError(UNRECOGNIZED)
        if kind in _MACHO_SEGMENTS:
            command = data[at : at + size]
            segment = _macho_segment(command, order, wide=_MACHO_SEGMENTS[kind])
            part, in_memory, allowed, found = segment
            if not command[8:24].startswith(_MACHO_PAGE_ZERO + b"\0"):
                parts.append(part)
            named = named or found
            if writable is None and part.address and part.size and allowed:
                writable = (part.address, in_memory)
        at += size
    return Executable(file, parts, named or writable)


def _macho_segment(
    command: bytes, order: str, *, wide: bool
) -> tuple[_Part, int, bool, tuple[int, int] | None]:
    """What a segment loads, its size in memory, whether it is writable, and its named section."""
    word = "Q" if wide else "I"
    layout = f"{order}{word * 4}IIII"
    at = 24 + struct.calcsize(layout)
    if len(command) < at:
        raise BuildInfoError(UNRECOGNIZED)
    address, in_memory, offset, size, most, protection, sections, _ = struct.unpack_from(
        layout, command, 24
    )
    stride = 80 if wide else 68
    if sections * stride > len(command) - at:
        raise BuildInfoError(UNRECOGNIZED)
    named = None
    for place in range(at, at + sections * stride, stride):
        if named is None and command[place : place + 16].rstrip(b"\0") == _MACHO_SECTION:
            start, length = struct.unpack_from(f"{order}{word}{word}", command, place + 32)
            named = (start, length)
    allowed = most == protection == _MACHO_READ_WRITE
    return _part(address, size, offset), in_memory, allowed, named


def _fat(file: _File) -> Executable:
    """The first of several executables for different processors."""
    (count,) = file.unpack(">I", 4)
    if not count or count > file.length // _FAT_ENTRY:
        raise BuildInfoError(UNRECOGNIZED)
    _, _, offset, size, _ = file.unpack(">5I", 8)
    part = file.part(offset, size)
    return _macho(part, part.exactly(0, _IDENT))


def _xcoff(file: _File) -> Executable:
    magic, sections = file.unpack(">HH", 0)
    wide = magic == _XCOFF_64
    # The size of the optional header lies behind the address of the symbols.
    (optional,) = file.unpack(">H", 16)
    symbols, count = file.unpack(">Q4xI" if wide else ">II", 8)
    if not symbols or not count:
        raise BuildInfoError(UNRECOGNIZED)  # a program that was stripped
    at = (24 if wide else 20) + optional
    # name, addresses (physical, virtual), size, place of the data, ..., kind
    layout, stride = (">QQQQQQQIII", 72) if wide else (">QIIIIIIHHI", 40)
    parts = []
    data = None
    for row in file.table(layout, at, sections, stride):
        address, size, offset, kind = row[2], row[3], row[4], row[-1]
        parts.append(_part(address, size, offset))
        if data is None and kind == _XCOFF_DATA:
            data = (address, size)
    return Executable(file, parts, data)


def _plan9(file: _File) -> Executable:
    magic, text, data, _, symbols, _, _, lines = file.unpack(">8I", 0)
    at = 40 if magic & _PLAN9_WIDE else 32
    parts = []
    place = at
    starts = []
    for size in (text, data, symbols, lines):
        parts.append(_part(place, size, place))
        starts.append(place)
        place += size
    return Executable(file, parts, (starts[1], data))
