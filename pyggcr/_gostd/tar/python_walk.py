# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The walk of ``walk`` in Python, for where there is no accelerator.

It follows ``Reader.next`` step by step, but on blocks that are handed to it. Headers and records
are parsed by the same code, whose errors make the walk give up.
"""

from __future__ import annotations

from pyggcr._gostd.tar import pax
from pyggcr._gostd.tar.header import (
    BLOCK_SIZE,
    ZERO_BLOCK,
    Header,
    has_no_content,
    invalid_header,
    padding,
    parse_header,
    parse_string,
)
from pyggcr._gostd.tar.names import Names
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["PythonWalk"]

_MAX_META_SIZE = 1 << 20  # maxSpecialFileSize
_SPARSE = "GNU.sparse."  # how the records of sparse files begin


class _GiveUpError(Exception):
    """What comes next is for the exact reader."""


class PythonWalk:
    """A walk, as ``walk.Walk`` describes it."""

    def __init__(self) -> None:
        self.gave_up = False
        self._at_end = False
        self._after_zero_block = False
        self._wanted = BLOCK_SIZE  # bytes that are taken at once
        self._held = bytearray()  # what of them has come
        self._skip = 0  # bytes of content and padding still to come before
        self._padding = 0  # how many of those are padding
        self._names = Names()
        self._meta: Header | None = None  # whose content is wanted
        self._records: dict[str, str] | None = None  # for the next entry, as is the long name
        self._long_name = ""

    def feed(self, data: Buffer) -> None:
        """Take the next bytes of the archive."""
        if self._at_end or self.gave_up:
            return
        try:
            self._feed(memoryview(data).cast("B"))
        except (ArchiveError, _GiveUpError):
            self.gave_up = True

    def clean(self) -> bool:
        """Whether the archive may end here, and all of it was good."""
        if self.gave_up:
            return False
        if self._at_end:
            return True
        if self._skip:
            return self._skip <= self._padding  # Go does not miss the last padding
        return self._meta is None and not self._held

    def _feed(self, view: memoryview) -> None:
        if self._skip >= len(view):
            self._skip -= len(view)
            return
        data = view[self._skip :].tobytes()
        if self._held:
            self._held += data
            if len(self._held) < self._wanted:
                return
            data = bytes(self._held)
            self._held.clear()
        at = 0
        while (stop := at + self._wanted) <= len(data) and not self._at_end:
            self._skip = 0
            take = self._take_header if self._meta is None else self._take_meta
            take(data[at:stop])
            at = stop + self._skip
        self._skip = max(at - len(data), 0)
        self._held += data[at:]

    def _take_header(self, block: bytes) -> None:
        if block == ZERO_BLOCK:
            self._at_end = self._after_zero_block
            self._after_zero_block = True
            return
        if self._after_zero_block:
            raise invalid_header()
        header = parse_header(block)
        if header.size < 0:
            raise _GiveUpError
        kind = header.typeflag
        if kind in "xgLK":
            if header.size > _MAX_META_SIZE:
                raise _GiveUpError
            self._meta = header
            self._wanted = header.size
        elif kind == "S":
            raise _GiveUpError
        else:
            self._take_entry(header)

    def _take_entry(self, header: Header) -> None:
        pax.merge(header, self._records)
        name = self._long_name or header.name
        self._forget_meta()
        is_old_folder = header.typeflag == "\0" and name.endswith("/")
        size = 0 if is_old_folder or has_no_content(header.typeflag) else header.size
        if size < 0:
            raise _GiveUpError
        self._pass(size, padding(size))
        self._add(name)

    def _take_meta(self, data: bytes) -> None:
        header = self._meta
        assert header is not None
        kind = header.typeflag
        if kind == "L":
            self._long_name = parse_string(data)
        elif kind != "K":  # nobody asks where links lead
            records = pax.parse(data)
            if any(key.startswith(_SPARSE) for key in records):
                raise _GiveUpError
            self._records = records
        if kind == "g":  # an entry to Go, and what came before it is lost
            pax.merge(header, self._records)
            self._add(header.name)
            self._forget_meta()
        self._meta = None
        self._wanted = BLOCK_SIZE
        self._pass(0, padding(len(data)))

    def _forget_meta(self) -> None:
        self._records = None
        self._long_name = ""

    def _pass(self, content: int, padding: int) -> None:
        self._skip = content + padding
        self._padding = padding

    def _add(self, name: str) -> None:
        if not self._names.add(name):
            raise _GiveUpError
