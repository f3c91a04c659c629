# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""Compressed bytes on their way to a decoder: read in chunks, taken in bytes."""

from __future__ import annotations

from pyggcr.errors import TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    from pyggcr._typing import Protocol


__all__ = ["Input", "Readable"]

_CHUNK = 1 << 17


class Readable(Protocol):
    """A stream of compressed bytes; ``read`` gives none at its end."""

    def read(self, size: int, /) -> bytes | None: ...


class Input:
    """A stream with a little look-ahead (``bufio.Reader``).

    Attributes:
        consumed: how many bytes were taken since this was last set to zero.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._chunk = b""
        self._at = 0
        self.consumed = 0

    def _fill(self) -> bool:
        if self._at == len(self._chunk):
            self._chunk = self._stream.read(_CHUNK) or b""
            self._at = 0
        return bool(self._chunk)

    @property
    def at_hand(self) -> int:
        """How many bytes can be taken without reading from the stream."""
        return len(self._chunk) - self._at

    def upto(self, size: int) -> bytes:
        """Some bytes, at most so many; none at the end."""
        if not self._fill():
            return b""
        data = self._chunk[self._at : self._at + size]
        self._at += len(data)
        self.consumed += len(data)
        return data

    def chunk(self) -> bytes:
        """All bytes that are at hand; none at the end."""
        return self.upto(_CHUNK)

    def peek(self, size: int) -> bytes:
        """The bytes that are at hand, at most so many; they are not taken."""
        return self._chunk[self._at : self._at + size]

    def take(self, size: int) -> None:
        """Take bytes that were peeked at."""
        self._at += size
        self.consumed += size

    def give_back(self, data: bytes) -> None:
        """Put back the last bytes that were taken."""
        self._chunk = data + self._chunk[self._at :]
        self._at = 0
        self.consumed -= len(data)

    def byte(self) -> int:
        """The next byte.

        Raises:
            TruncatedError: there is none (``io.ErrUnexpectedEOF``).
        """
        if self._at == len(self._chunk) and not self._fill():
            raise TruncatedError("unexpected EOF")
        value = self._chunk[self._at]
        self._at += 1
        self.consumed += 1
        return value

    def most(self, size: int) -> bytes:
        """``size`` bytes, or what there is before the end."""
        data = self.upto(size)
        while data and len(data) < size and (more := self.upto(size - len(data))):
            data += more
        return data

    def exactly(self, size: int) -> bytes:
        """``size`` bytes.

        Raises:
            TruncatedError: there are not so many.
        """
        data = self.most(size)
        if len(data) < size:
            raise TruncatedError("unexpected EOF")
        return data

    def skip(self, size: int) -> None:
        """Take bytes that are known to be there."""
        while size and (data := self.upto(size)):
            size -= len(data)
