"""Walks a tar archive from entry to entry (archive/tar's Reader)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pyggcr._gostd.tar import pax, sparse
from pyggcr._gostd.tar.content import Content, Dense, Sparse, read_full, unexpected_end
from pyggcr._gostd.tar.header import (
    BLOCK_SIZE,
    Format,
    Header,
    has_no_content,
    invalid_header,
    padding,
    parse_header,
    parse_string,
)
from pyggcr.errors import ArchiveError, Error

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Reader"]

_MAX_SPECIAL_SIZE = 1 << 20  # maxSpecialFileSize: bytes of a PAX or GNU meta entry
_SKIP_SIZE = 1 << 20
_ZEROS = bytes(BLOCK_SIZE)

_PAX_LOCAL, _PAX_GLOBAL = "x", "g"
_GNU_LONG_NAME, _GNU_LONG_LINK = "L", "K"
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

    def __init__(self, source: Source) -> None:
        self._source = source
        self._seek = _seek_of(source)
        self._position = 0
        self._padding = 0
        self._content: Content = Dense(self._read_source, 0)
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

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes of the entry's content; none at its end (``Reader.Read``)."""
        if self._failure is not None:
            raise self._failure
        try:
            return self._content.read(size)
        except Error as error:
            self._failure = error
            raise

    def _next(self) -> Header:
        records: dict[str, str] | None = None
        long_name = long_link = ""
        form = Format.USTAR | Format.PAX | Format.GNU
        while True:
            self._skip(self._content.remaining)
            if len(self._read_full(self._padding)) < self._padding:
                raise _EndError
            self._padding = 0
            block = self._read_header_block()
            header = parse_header(block)
            self._begin_content(header)
            form &= header.format
            if header.typeflag in (_PAX_LOCAL, _PAX_GLOBAL):
                form &= Format.PAX
                records = pax.parse(self._read_special())
                if header.typeflag == _PAX_GLOBAL:
                    return self._global_header(header, records, form)
            elif header.typeflag == _GNU_LONG_NAME:
                form &= Format.GNU
                long_name = parse_string(self._read_special())
            elif header.typeflag == _GNU_LONG_LINK:
                form &= Format.GNU
                long_link = parse_string(self._read_special())
            else:
                pax.merge(header, records)
                header.name = long_name or header.name
                header.linkname = long_link or header.linkname
                self._finish(header, block, form)
                return header

    def _global_header(self, header: Header, records: dict[str, str], form: int) -> Header:
        pax.merge_leniently(header, records)
        return Header(
            name=header.name,
            typeflag=header.typeflag,
            pax_records=header.pax_records,
            format=form,
            offset=self._position,
        )

    def _finish(self, header: Header, block: bytes, form: int) -> None:
        """Settle type, size and place of a file once all its headers are merged."""
        if header.typeflag == _REGULAR_OLD:
            header.typeflag = _DIRECTORY if header.name.endswith("/") else _REGULAR
        dense = self._begin_content(header)
        header.format = form
        if header.typeflag == _GNU_SPARSE:
            fragments = sparse.read_old_map(header, block, self._read_block)
        else:
            fragments = sparse.read_pax_map(header, lambda: self._read_content_block(dense))
        # Go narrows a copy of the format in the sparse header functions, so it stays as it was.
        header.format = form & ~Format.PAX if form & Format.USTAR and form & Format.PAX else form
        if fragments is not None:
            if has_no_content(header.typeflag):
                raise invalid_header()
            header.holes = sparse.holes_of(fragments, header.size)
            self._content = Sparse(dense, header.holes)
        header.offset = self._position
        header.physical_size = dense.remaining

    def _begin_content(self, header: Header) -> Dense:
        size = 0 if has_no_content(header.typeflag) else header.size
        if size < 0:
            raise invalid_header()
        self._padding = padding(size)
        self._content = content = Dense(self._read_source, size)
        return content

    def _read_header_block(self) -> bytes:
        block = self._read_whole_or_end()
        if block == _ZEROS:
            if self._read_whole_or_end() == _ZEROS:
                raise _EndError
            raise invalid_header()
        return block

    def _read_whole_or_end(self) -> bytes:
        block = self._read_full(BLOCK_SIZE)
        if not block:
            raise _EndError
        if len(block) < BLOCK_SIZE:
            raise unexpected_end()
        return block

    def _read_block(self) -> bytes:
        block = self._read_full(BLOCK_SIZE)
        if len(block) < BLOCK_SIZE:
            raise unexpected_end()
        return block

    def _read_content_block(self, content: Dense) -> bytes:
        block = read_full(content.read, BLOCK_SIZE)
        if len(block) < BLOCK_SIZE:
            raise unexpected_end()
        return block

    def _read_special(self) -> bytes:
        pieces = []
        total = 0
        while piece := self._content.read(_MAX_SPECIAL_SIZE + 1 - total):
            pieces.append(piece)
            total += len(piece)
            if total > _MAX_SPECIAL_SIZE:
                raise ArchiveError("archive/tar: header field too long")
        return b"".join(pieces)

    def _skip(self, size: int) -> None:
        """Leave the rest of the content behind (``discard``)."""
        if self._seek is not None and size > 1:
            # The last byte is read, to see that it is there.
            self._seek(size - 1, 1)
            self._position += size - 1
            size = 1
        while size > 0:
            piece = self._read_source(min(size, _SKIP_SIZE))
            if not piece:
                raise unexpected_end()
            size -= len(piece)

    def _read_full(self, size: int) -> bytes:
        return read_full(self._read_source, size) if size else b""

    def _read_source(self, size: int) -> bytes:
        data = self._source.read(size) or b""
        self._position += len(data)
        return data


def _seek_of(source: Source) -> Any:
    seekable = getattr(source, "seekable", None)
    return source.seek if seekable is not None and seekable() else None  # type: ignore[attr-defined]
