# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Sparse files: the maps of GNU tar in its old form and in PAX 0.0, 0.1 and 1.0 (archive/tar)."""

from __future__ import annotations

from collections import deque

from pyggcr._gostd.tar import pax
from pyggcr._gostd.tar.header import (
    BLOCK_SIZE,
    Format,
    format_of,
    invalid_header,
    parse_int,
    parse_numeric,
)
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._gostd.tar.header import Header

__all__ = ["Fragments", "holes_of", "read_old_map", "read_pax_map"]

Fragments = list[tuple[int, int]]

_MAX_MAP_SIZE = 1 << 20  # maxSpecialFileSize: bytes of headers that a map may take
_MAX_FRAGMENTS = 1 << 20  # maxSparseFileEntries
_MAX_INT64 = (1 << 63) - 1
_ENTRY_SIZE = 24  # offset and length of 12 bytes each
_OLD_MAP = slice(386, 483)  # in the header: four entries and a mark of continuation


def _too_long() -> ArchiveError:
    return ArchiveError("archive/tar: sparse map too long")


def holes_of(fragments: Fragments, size: int) -> tuple[tuple[int, int], ...]:
    """The holes between the data fragments; the last one, maybe empty, ends at ``size``.

    Raises:
        ArchiveError: the fragments overlap, or reach beyond the size.
    """
    if size < 0:
        raise invalid_header()
    end = 0
    for offset, length in fragments:
        fits = offset >= 0 and length >= 0 and offset <= _MAX_INT64 - length
        if not fits or offset + length > size or end > offset:
            raise invalid_header()
        end = offset + length
    holes = []
    start = 0
    for offset, length in fragments:
        if not length:
            continue
        if offset > start:
            holes.append((start, offset - start))
        start = offset + length
    holes.append((start, size - start))
    return tuple(holes)


def _append(fragments: Fragments, offset: int, length: int) -> None:
    if len(fragments) >= _MAX_FRAGMENTS:
        raise _too_long()
    fragments.append((offset, length))


def read_old_map(header: Header, block: bytes, read_block: Callable[[], bytes]) -> Fragments:
    """The map of type ``S``, in the header and in blocks after it (``readOldGNUSparseMap``)."""
    if format_of(block) != Format.GNU:
        raise invalid_header()
    header.size = parse_numeric(block[483:495])
    table = block[_OLD_MAP]
    fragments: Fragments = []
    total = len(table)
    while total < _MAX_MAP_SIZE:
        count = len(table) // _ENTRY_SIZE
        for at in range(0, count * _ENTRY_SIZE, _ENTRY_SIZE):
            if not table[at]:
                break
            offset = parse_numeric(table[at : at + 12])
            _append(fragments, offset, parse_numeric(table[at + 12 : at + 24]))
        if not table[count * _ENTRY_SIZE]:
            return fragments
        table = read_block()
        total += len(table)
    raise _too_long()


def read_pax_map(header: Header, read_block: Callable[[], bytes]) -> Fragments | None:
    """The map in PAX records or before the content; ``None`` if the file is not sparse."""
    records = header.pax_records or {}
    version = records.get(pax.SPARSE_MAJOR, ""), records.get(pax.SPARSE_MINOR, "")
    if version not in (("0", "0"), ("0", "1"), ("1", "0")) and (
        any(version) or not records.get(pax.SPARSE_MAP)
    ):
        return None
    header.name = records.get(pax.SPARSE_NAME) or header.name
    size = records.get(pax.SPARSE_SIZE) or records.get(pax.SPARSE_REAL_SIZE)
    if size:
        header.size = _number(size)
    if version == ("1", "0"):
        return _read_map_1x0(read_block)
    return _read_map_0x1(records)


def _number(text: str) -> int:
    return parse_int(text.encode("utf-8", "surrogateescape"))


def _count(number: int) -> int:
    # Go sees to it that twice the number is still an int.
    if number < 0 or 2 * number > _MAX_INT64:
        raise invalid_header()
    return number


def _read_map_0x1(records: dict[str, str]) -> Fragments:
    count = _count(_number(records.get(pax.SPARSE_NUM_BLOCKS, "")))
    text = records.get(pax.SPARSE_MAP, "")
    values = text.split(",") if text else []
    if len(values) != 2 * count:
        raise invalid_header()
    fragments: Fragments = []
    for offset, length in zip(values[::2], values[1::2], strict=True):
        _append(fragments, _number(offset), _number(length))
    return fragments


def _read_map_1x0(read_block: Callable[[], bytes]) -> Fragments:
    lines = _Lines(read_block)
    lines.need(1)
    count = _count(lines.next_number())
    lines.need(2 * count)
    fragments: Fragments = []
    for _ in range(count):
        offset = lines.next_number()
        _append(fragments, offset, lines.next_number())
    return fragments


class _Lines:
    """Lines of decimal numbers in blocks that are read when they are needed."""

    def __init__(self, read_block: Callable[[], bytes]) -> None:
        self._read_block = read_block
        self._ready: deque[bytes] = deque()
        self._pieces: list[bytes] = []  # of the line that has not ended yet
        self._total = 0

    def need(self, count: int) -> None:
        """Read until so many lines are ready."""
        while len(self._ready) < count:
            self._total += BLOCK_SIZE
            if self._total > _MAX_MAP_SIZE:
                raise _too_long()
            first, *rest = self._read_block().split(b"\n")
            self._pieces.append(first)
            for piece in rest:
                self._ready.append(b"".join(self._pieces))
                self._pieces = [piece]

    def next_number(self) -> int:
        """The number in the next line that is ready."""
        return parse_int(self._ready.popleft())
