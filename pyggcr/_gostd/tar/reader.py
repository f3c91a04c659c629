# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Walks a tar archive from entry to entry (archive/tar's Reader).

Whether a name leads out of the folder that it is unpacked to is the caller's question, as in Go
(GODEBUG's ``tarinsecurepath`` is at its default). Meta entries, PAX's and GNU's, are merged into
the entry that they describe.
"""

from __future__ import annotations

from pyggcr._gostd.tar import pax, sparse
from pyggcr._gostd.tar.content import Content, Dense, Sparse, read_full, unexpected_end
from pyggcr._gostd.tar.header import (
    BLOCK_SIZE,
    MAX_SPECIAL_SIZE,
    ZERO_BLOCK,
    Format,
    Header,
    has_no_content,
    invalid_header,
    padding,
    parse_header,
    parse_string,
)
from pyggcr.errors import ArchiveError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol
else:
    from pyggcr._typing import Protocol

__all__ = ["Reader", "Source"]

_SKIP_SIZE = 1 << 20  # read at once from a source that cannot seek
_SMALL = 1 << 12  # what is skipped by reading it, in one read with the header behind it

_PAX_LOCAL, _PAX_GLOBAL = "x", "g"
_GNU_LONG_NAME, _GNU_LONG_LINK = "L", "K"
_META = frozenset((_PAX_LOCAL, _PAX_GLOBAL, _GNU_LONG_NAME, _GNU_LONG_LINK))
_GNU_SPARSE = "S"
_REGULAR_OLD, _REGULAR, _DIRECTORY = "\0", "0", "5"


class Source(Protocol):
    """Where the archive comes from; ``read`` gives no bytes at the end only.

    If it also has ``seekable`` and ``seek``, content that nobody wants is skipped by seeking.
    """

    def read(self, size: int, /) -> bytes | None: ...


class _EndError(Exception):
    """The archive ends here, as it should (``io.EOF``)."""


class Reader:
    """Entries one after the other; errors are final, as in Go."""

    def __init__(self, source: Source, position: int = 0) -> None:
        """Begin at an entry.

        Args:
            source: the archive, read up to there.
            position: how many bytes that is.
        """
        self._source = source
        self._seek = _seek_of(source)
        self._position = position
        self._padding = 0
        self._dense = Dense(self._read_source, 0)
        self._content: Content = self._dense
        self._failure: Error | None = None
        self._at_end = False

    def next(self) -> Header | None:
        """The next entry, ``None`` at the end (``Reader.Next``).

        Raises:
            ArchiveError: a header is wrong.
            TruncatedError: the archive ends inside an entry.
        """
        if self._failure is not None:
            raise self._failure
        if self._at_end:
            return None
        try:
            return self._next()
        except _EndError:
            self._at_end = True
            return None
        except Error as error:
            self._failure = error
            raise

    @property
    def following(self) -> int:
        """Where the next header begins, counted from where the archive begins."""
        return self._position + self._dense.remaining + self._padding

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes of the entry's content; none at its end (``Reader.Read``)."""
        if self._failure is not None:
            raise self._failure
        if self._at_end:
            return b""
        try:
            data = self._content.read(size)
        except Error as error:
            self._failure = error
            raise
        self._failure = self._content.failure
        return data

    def _next(self) -> Header:
        records: dict[str, str] | None = None
        long_name = long_link = ""
        form = Format.USTAR | Format.PAX | Format.GNU
        while True:
            block = self._read_header_block()
            header = parse_header(block)
            self._begin_content(header)
            form &= header.format
            kind = header.typeflag
            if kind not in _META:
                break
            if kind in (_GNU_LONG_NAME, _GNU_LONG_LINK):
                form &= Format.GNU
                text = parse_string(self._read_special())
                if kind == _GNU_LONG_NAME:
                    long_name = text
                else:
                    long_link = text
                continue
            form &= Format.PAX
            records = pax.parse(self._read_special())
            if kind == _PAX_GLOBAL:
                return self._global_header(header, records, form)
        if records is not None:
            pax.merge(header, records)
        if long_name:
            header.name = long_name
        if long_link:
            header.linkname = long_link
        self._finish(header, block, form)
        return header

    def _global_header(self, merged: Header, records: dict[str, str], form: int) -> Header:
        """Name and records only, as in Go."""
        pax.merge_leniently(merged, records)
        header = Header.of_block(ZERO_BLOCK, merged.name, merged.typeflag, 0, form)
        header.mod_time = None
        header.pax_records = merged.pax_records
        header.offset = self._position
        return header

    def _finish(self, header: Header, block: bytes, form: int) -> None:
        """Settle type, size and place of a file once all its headers are merged."""
        if header.typeflag == _REGULAR_OLD:
            header.typeflag = _DIRECTORY if header.name.endswith("/") else _REGULAR
        self._begin_content(header)  # anew: type or size may have changed
        fragments: sparse.Fragments | None = None
        if header.typeflag == _GNU_SPARSE:
            fragments = sparse.read_old_map(header, block, self._read_block)
        elif header.pax_records:
            fragments = sparse.read_pax_map(header, self._read_content_block)
        # What the functions for sparse files made of the format does not count in Go either.
        header.format = form & ~Format.PAX if form & Format.USTAR else form
        if fragments is not None:
            if has_no_content(header.typeflag):
                raise invalid_header()
            header.holes = sparse.holes_of(fragments, header.size)
            self._content = Sparse(self._dense, header.holes)
        header.offset = self._position
        header.physical_size = self._dense.remaining

    def _begin_content(self, header: Header) -> None:
        size = 0 if has_no_content(header.typeflag) else header.size
        if size < 0:
            raise invalid_header()
        self._padding = padding(size)
        self._dense.remaining = size
        self._content = self._dense

    def _read_header_block(self) -> bytes:
        """Leave the rest of the content and its padding behind, and read the next header."""
        unread = self._skip(self._dense.remaining)
        ahead = unread + self._padding
        data = self._read_full(ahead + BLOCK_SIZE)
        if len(data) < unread:
            raise unexpected_end()
        block = data[ahead:]
        if not block:
            raise _EndError
        if len(block) < BLOCK_SIZE:
            raise unexpected_end()
        if block != ZERO_BLOCK:
            return block
        second = self._read_full(BLOCK_SIZE)
        if not second or second == ZERO_BLOCK:
            raise _EndError
        raise unexpected_end() if len(second) < BLOCK_SIZE else invalid_header()

    def _skip(self, size: int) -> int:
        """Skip content up to its last bytes (``discard``); how many are left to be read.

        Those tell whether the archive has it all.
        """
        if size <= _SMALL:
            return size
        if self._seek is not None:
            try:
                self._seek(size - 1, 1)
            except OverflowError:  # Python's word for a place that no stream reaches
                raise unexpected_end() from None
            self._position += size - 1
            return 1
        while size > _SMALL:
            piece = self._read_source(min(size, _SKIP_SIZE))
            if not piece:
                raise unexpected_end()
            size -= len(piece)
        return size

    def _read_block(self) -> bytes:
        block = self._read_full(BLOCK_SIZE)
        if len(block) < BLOCK_SIZE:
            raise unexpected_end()
        return block

    def _read_content_block(self) -> bytes:
        block = read_full(self._dense.read, BLOCK_SIZE)
        if len(block) < BLOCK_SIZE:
            raise unexpected_end()
        return block

    def _read_special(self) -> bytes:
        pieces = []
        total = 0
        while piece := self._dense.read(MAX_SPECIAL_SIZE + 1 - total):
            pieces.append(piece)
            total += len(piece)
            if total > MAX_SPECIAL_SIZE:
                raise ArchiveError("archive/tar: header field too long")
        return b"".join(pieces)

    def _read_full(self, size: int) -> bytes:
        return read_full(self._read_source, size)

    def _read_source(self, size: int) -> bytes:
        data = self._source.read(size) or b""
        self._position += len(data)
        return data


def _seek_of(source: Source) -> Callable[[int, int], object] | None:
    seekable = getattr(source, "seekable", None)
    seek: Callable[[int, int], object] | None = getattr(source, "seek", None)
    return seek if seekable is not None and seekable() else None
