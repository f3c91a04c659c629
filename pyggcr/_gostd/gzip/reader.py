# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""gzip undone as Go's gzip.Reader undoes it: all members of a stream, checked, with Go's errors.

zlib inflates. When it finds damage, the compressed bytes are read anew and inflated as Go does,
to deliver and to report what Go would. Whoever wants to know only whether all is well does without
that, and has the fastest decoder.
"""

from __future__ import annotations

import zlib

from pyggcr import limits
from pyggcr._gostd import codecs
from pyggcr._gostd.gzip.inflate import inflate
from pyggcr._gostd.gzip.source import Input
from pyggcr._gostd.stream import PieceStream, Waiting
from pyggcr.errors import CompressionError, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Generator, Iterator

__all__ = ["Reader"]

_MAGIC = b"\x1f\x8b\x08"
_HEADER_SIZE = 10
_TRAILER_SIZE = 8
_FLAG_CRC, _FLAG_EXTRA, _FLAG_NAME, _FLAG_COMMENT = 2, 4, 8, 16
_MAX_STRING = 512  # Go's buffer for names and comments, NUL included
_OUTPUT_SIZE = 1 << 18

# Where the data just ends, zlib has decoded a few symbols more than Go, which reads ahead as many
# bits as the end of the block takes: up to 15. Such symbols are all in the last bytes of input.
_HELD_BACK = 8
# Members of no more bytes than this are inflated by zlib at one stroke: there may be very many.
_SMALL_MEMBER = 1 << 10
_SMALL_OUTPUT = 1 << 16
# Up to this many bytes of input it is worth the time to deliver exactly as much as Go.
_EXACT_END = 1 << 24


def _invalid_header() -> CompressionError:
    return CompressionError("gzip: invalid header")


class Reader(PieceStream):
    """The content of a gzip stream.

    Reading raises ``CompressionError`` where the data is damaged or its checksum or size is wrong,
    ``TruncatedError`` where it ends too early.

    Args:
        source: the compressed bytes; closing the reader closes it, if it can be closed.
        reopen: gives the compressed bytes again, from the same first byte on. Without it, what
            is good is read as fast as can be, but damage is not told in Go's way: which error
            it is, and how much is delivered before, are the decoder's own.

    Raises:
        CompressionError: it does not begin with a gzip header.
        TruncatedError: there is no header, or not all of it.
    """

    def __init__(
        self,
        source: io.RawIOBase,
        *,
        reopen: Callable[[], io.RawIOBase] | None = None,
    ) -> None:
        super().__init__()
        self._source = source
        self._reopen = reopen
        self._input = Input(source)
        self._pieces = self._members()
        self._ready = Waiting()
        self._failure: Exception | None = None
        if not self._read_header():
            raise TruncatedError("EOF")

    def _take(self, size: int) -> bytes:
        while not self._ready:
            if self._failure is not None:
                raise self._failure
            try:
                piece = next(self._pieces, None)
            except Exception as error:
                self._failure = error
                raise
            if piece is None:
                return b""
            self._ready.put(piece)
        return self._ready.take(size)

    def close(self) -> None:
        """Close the reader and its source. Idempotent."""
        if not self.closed:
            self._pieces.close()
            self._source.close()
        super().close()

    def _members(self) -> Generator[bytes, None, None]:
        """The content of each member; what was delivered is checked at its end."""
        while True:
            limits.current().check()
            checksum = size = 0
            for piece in self._content():
                limits.current().check()
                checksum = codecs.crc32(piece, checksum)
                size += len(piece)
                yield piece
            trailer = self._input.exactly(_TRAILER_SIZE)
            wanted = checksum.to_bytes(4, "little") + (size & 0xFFFF_FFFF).to_bytes(4, "little")
            if trailer != wanted:
                raise CompressionError("gzip: invalid checksum")
            if not self._read_header():
                return

    def _read_header(self) -> bool:
        """Read a member's header (``Reader.readHeader``); false at the end of the stream."""
        data = self._input
        header = data.most(_HEADER_SIZE)
        if not header:
            return False
        if len(header) < _HEADER_SIZE:
            raise TruncatedError("unexpected EOF")
        if not header.startswith(_MAGIC):
            raise _invalid_header()
        flags = header[3]
        if flags & _FLAG_EXTRA:
            length = data.exactly(2)
            header += length + data.exactly(int.from_bytes(length, "little"))
        if flags & _FLAG_NAME:
            header += self._read_string()
        if flags & _FLAG_COMMENT:
            header += self._read_string()
        if flags & _FLAG_CRC:
            wanted = zlib.crc32(header) & 0xFFFF
            if int.from_bytes(data.exactly(2), "little") != wanted:
                raise _invalid_header()
        return True

    def _read_string(self) -> bytes:
        text = bytearray()
        while not text or text[-1]:
            if len(text) == _MAX_STRING:
                raise _invalid_header()
            text.append(self._input.byte())
        return bytes(text)

    def _content(self) -> Iterator[bytes]:
        """Inflate one member; the input is left at its trailer."""
        data = self._input
        small = _inflate_small(data)
        if small is not None:
            if small:
                yield small
            return
        start = data.consumed
        delivered = 0
        try:
            for piece in self._inflate(data):
                delivered += len(piece)
                yield piece
        except codecs.damage() as error:
            if self._reopen is None:
                offset = data.consumed - start
                raise CompressionError(f"flate: corrupt input before offset {offset}") from error
        except _EndError:
            if self._reopen is None or data.consumed - start > _EXACT_END:
                raise TruncatedError("unexpected EOF") from None
        else:
            return
        yield from self._replay(self._reopen(), start, delivered)

    def _inflate(self, data: Input) -> Iterator[bytes]:
        if self._reopen is None:
            return _inflate(data, codecs.fast_inflater(), 0)
        return _inflate(data, codecs.inflater(), _HELD_BACK)

    def _replay(self, stream: io.RawIOBase, start: int, delivered: int) -> Iterator[bytes]:
        """Inflate the member anew as Go does, and deliver what zlib did not."""
        old, self._source = self._source, stream
        old.close()
        self._input = data = Input(stream)
        data.skip(start)
        data.consumed = 0
        try:
            for piece in inflate(data):
                limits.current().check()
                if delivered < len(piece):
                    yield piece[delivered:]
                delivered = max(0, delivered - len(piece))
        finally:
            data.consumed += start


class _EndError(Exception):
    """The input ends inside the deflated data."""


def _inflate_small(data: Input) -> bytes | None:
    """The content of a member that is small and all at hand; else nothing, and nothing is taken."""
    compressed = data.peek(_SMALL_MEMBER)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(compressed, _SMALL_OUTPUT)
    except zlib.error:
        return None
    if not inflater.eof:
        return None
    data.take(len(compressed) - len(inflater.unused_data))
    return content


def _inflate(data: Input, inflater: codecs.Inflater, held_back: int) -> Iterator[bytes]:
    """Inflate one member; the input is left behind its last byte.

    The last ``held_back`` bytes of input wait until more comes, so that nothing is delivered that
    Go, which has decoded a little less when the input ends, does not deliver.
    """
    held = b""
    while True:
        chunk = data.chunk()
        compressed, held = held + chunk, b""
        if chunk:
            end = max(0, len(compressed) - held_back)
            compressed, held = compressed[:end], compressed[end:]
        while not inflater.eof:
            piece = inflater.decompress(compressed, _OUTPUT_SIZE)
            compressed = inflater.unconsumed_tail
            if not piece and not compressed:
                break
            if chunk or inflater.eof:
                yield piece
        if inflater.eof:
            data.give_back(inflater.unused_data + held)
            return
        if not chunk:
            raise _EndError
