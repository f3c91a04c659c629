# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Writes a tar archive entry by entry (archive/tar's Writer): same bytes, same errors.

Which format holds a header is decided in ``formats``, and how it looks there in ``blocks``. Go
refuses to write sparse files, so there are none here.
"""

from __future__ import annotations

from pyggcr import limits
from pyggcr._gostd.tar.blocks import Encoded, encode_checked, encode_common
from pyggcr._gostd.tar.formats import CheckedHeader
from pyggcr._gostd.tar.header import END
from pyggcr.errors import ArchiveError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Buffer

    from pyggcr._gostd.tar.header import Header
else:
    from pyggcr._typing import Protocol

__all__ = ["Readable", "Writer"]


_READ_SIZE = 1 << 20


class Readable(Protocol):
    """Where content comes from; ``read`` gives no bytes at the end only."""

    def read(self, size: int, /) -> bytes | None: ...


class Sink(Protocol):
    """Where the archive goes; ``write`` takes all that it is given, or raises."""

    def write(self, data: Buffer, /) -> object: ...


class Writer:
    """Entries one after the other: ``write_header``, then ``write`` until the content is there.

    An error of the sink and PAX records that are too long are final, as in Go: the same error
    comes again from every later call. After a header that no format can hold, another may follow.

    >>> import io
    >>> from pyggcr._gostd.tar import Header
    >>> archive = io.BytesIO()
    >>> writer = Writer(archive)
    >>> writer.write_header(Header("greeting", size=5, mode=0o644))
    >>> writer.write(b"hello")
    >>> writer.close()
    >>> len(archive.getvalue())
    2048
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._missing = 0
        self._padding = 0
        self._failure: Exception | None = None
        self._closed = False

    def write_header(self, header: Header) -> None:
        """Begin an entry (``Writer.WriteHeader``); the header is not changed.

        The format is the first of USTAR, PAX and GNU that can hold the header, among those that
        ``header.format`` names. Where it names none, the time of change is rounded to the second,
        and the times of access and of change of the inode are left out.

        Raises:
            ArchiveError: content of the entry before is missing, no format can hold the header, the
                PAX records are too long, or the writer is closed.
        """
        self.flush()
        encoded = encode_common(header)
        if encoded is None:
            encoded = self._encode(CheckedHeader(header))
        self._put(encoded.blocks)
        self._missing, self._padding = encoded.size, encoded.padding

    def write(self, data: Buffer) -> None:
        """Add content to the entry (``Writer.Write``).

        Raises:
            ArchiveError: that is more than the header said; what it said is written. Or the writer
                is closed.
        """
        self._check()
        piece = data if isinstance(data, bytes) else memoryview(data).cast("B")
        excess = len(piece) > self._missing
        if excess:
            piece = piece[: self._missing]
        if piece:
            self._put(piece)
            self._missing -= len(piece)
        if excess:
            raise ArchiveError("archive/tar: write too long")

    def copy_from(self, content: Readable, size: int | None = None) -> None:
        """Add what a stream has, or its first ``size`` bytes (``io.Copy`` and ``io.CopyN``).

        Raises:
            ArchiveError: as for ``write``.
            TruncatedError: the stream has less than ``size`` bytes.
            CancelledError: the limits of the call say so.
        """
        while size is None or size > 0:
            wanted = _READ_SIZE if size is None else min(size, _READ_SIZE)
            limits.current().check()
            piece = content.read(wanted)
            if not piece:
                break
            self.write(piece)
            if size is not None:
                size -= len(piece)
        if size is not None and size > 0:
            raise TruncatedError("EOF")

    def flush(self) -> None:
        """Fill up the block that the entry's content ends in (``Writer.Flush``).

        Raises:
            ArchiveError: content is missing, or the writer is closed.
        """
        self._check()
        if self._missing:
            raise ArchiveError(f"archive/tar: missed writing {self._missing} bytes")
        if self._padding:
            self._put(bytes(self._padding))
            self._padding = 0

    def close(self) -> None:
        """End the archive (``Writer.Close``); the sink stays open. Closing twice is no error.

        Raises:
            ArchiveError: content of the last entry is missing, and the archive has no end.
        """
        if self._closed:
            return
        if self._failure is not None:
            raise self._failure
        try:
            self.flush()
            self._sink.write(END)
        finally:
            self._closed = True

    def _check(self) -> None:
        if self._closed:
            raise ArchiveError("archive/tar: write after close")
        if self._failure is not None:
            raise self._failure

    def _encode(self, header: CheckedHeader) -> Encoded:
        try:
            return encode_checked(header)
        except ArchiveError as error:
            self._failure = error
            raise

    def _put(self, data: Buffer) -> None:
        try:
            self._sink.write(data)
        except Exception as error:
            self._failure = error
            raise
