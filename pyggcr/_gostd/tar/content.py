# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""The content of an entry, dense or sparse, read in order (archive/tar's fileReader)."""

from __future__ import annotations

from pyggcr._gostd.stream import PieceStream
from pyggcr.errors import ArchiveError, Error, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Extent(Protocol):
        """Where an entry's content lies; the attributes are those of ``Header``."""

        offset: int
        physical_size: int
        holes: tuple[tuple[int, int], ...] | None
else:
    from pyggcr._typing import Protocol


__all__ = ["Content", "Dense", "EntryReader", "Sparse", "read_full"]


class Content(Protocol):
    """Bytes of an entry; ``failure`` is what went wrong after the bytes that were read last."""

    failure: Error | None

    def read(self, size: int) -> bytes: ...


def unexpected_end() -> TruncatedError:
    """``io.ErrUnexpectedEOF``."""
    return TruncatedError("unexpected EOF")


def read_full(read: Callable[[int], bytes], size: int) -> bytes:
    """``size`` bytes, or what there is before the end."""
    data = read(size)
    if len(data) == size or not data:
        return data
    pieces = [data]
    missing = size - len(data)
    while missing and (piece := read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


class Dense:
    """Content that is all there (``regFileReader``); ``remaining`` bytes of it were not read."""

    __slots__ = ("_read", "failure", "remaining")

    def __init__(self, read: Callable[[int], bytes], size: int) -> None:
        self._read = read
        self.remaining = size
        self.failure: Error | None = None

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; none at the end.

        Raises:
            TruncatedError: the archive ends before the content.
        """
        if size > self.remaining:
            size = self.remaining
        if not size:
            return b""
        data = self._read(size)
        if not data:
            raise unexpected_end()
        self.remaining -= len(data)
        return data


class Sparse:
    """Content with holes, which read as zeros (``sparseFileReader``)."""

    def __init__(self, dense: Dense, holes: tuple[tuple[int, int], ...]) -> None:
        self._dense = dense
        self._holes = list(reversed(holes))
        self._position = 0
        self._end = holes[-1][0] + holes[-1][1]
        self.failure: Error | None = None

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, zeros for holes.

        Raises:
            ArchiveError: there is less data than the map says, or more.
            TruncatedError: the archive ends before the content.
        """
        if self.failure is not None:
            raise self.failure
        pieces = []
        stop = min(self._position + size, self._end)
        while self._position < stop and self.failure is None:
            pieces.append(self._read_piece(stop - self._position))
        if self.failure is None and self._position == self._end and self._dense.remaining:
            self.failure = ArchiveError("archive/tar: sparse file contains unreferenced data")
        data = b"".join(pieces)
        # As Go does, what was read is given before what went wrong.
        if self.failure is not None and not data:
            raise self.failure
        return data

    def _read_piece(self, size: int) -> bytes:
        start, length = self._holes[-1]
        if self._position < start:
            wanted = min(size, start - self._position)
            piece = self._read_dense(wanted)
        else:
            piece = bytes(min(size, start + length - self._position))
        self._position += len(piece)
        if self._position >= start + length and len(self._holes) > 1:
            self._holes.pop()
        return piece

    def _read_dense(self, size: int) -> bytes:
        pieces = []
        while size:
            try:
                piece = self._dense.read(size)
            except Error as error:
                self.failure = error
                break
            if not piece:
                self.failure = ArchiveError("archive/tar: sparse file references non-existent data")
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


class EntryReader(PieceStream):
    """The content of an entry, read from wherever it lies.

    Args:
        read_at: takes an offset in the archive and a size; gives fewer bytes only at the end.
        entry: the header that ``Reader.next`` gave, or what was kept of it.
    """

    def __init__(self, read_at: Callable[[int, int], bytes], entry: Extent) -> None:
        super().__init__()
        self._read_at = read_at
        self._position = entry.offset
        dense = Dense(self._read_next, entry.physical_size)
        self._content: Content = dense if entry.holes is None else Sparse(dense, entry.holes)

    def _read_next(self, size: int) -> bytes:
        data = self._read_at(self._position, size)
        self._position += len(data)
        return data

    def _take(self, size: int) -> bytes:
        return self._content.read(size)
