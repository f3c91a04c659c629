"""A raw stream that is made of pieces, for all streams that the Python engine hands out.

``io.RawIOBase.read`` copies what ``readinto`` gave twice. Streams here have their data as
``bytes`` anyway, so ``read`` gives those, and ``readinto`` copies for whoever has a buffer.
"""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Generator

from pyggcr.errors import CancelledError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["BytesStream", "IteratorStream", "PieceStream", "Waiting"]


class PieceStream(io.RawIOBase):
    """A readable stream whose subclass gives its bytes by ``_take``.

    After a Ctrl-C in a read nobody knows which bytes were lost, so further reads raise
    ``CancelledError``.
    """

    _interrupted = False

    @abstractmethod
    def _take(self, size: int) -> bytes:
        """The next bytes, at least one and at most ``size``; none at the end."""

    def readable(self) -> bool:
        """Tell that the stream can be read.

        Returns:
            True.
        """
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read some bytes.

        Args:
            size: the largest number of bytes to return; negative or ``None`` for all that remain.

        Returns:
            At most ``size`` bytes; none at the end.

        Raises:
            CancelledError: an earlier read was interrupted, or the work was cancelled.
            Error: the content cannot be read; the subclass says why.
        """
        if size is None or size < 0:
            return self.readall()
        if self._interrupted:
            raise CancelledError("an earlier read of the stream was interrupted")
        try:
            return self._take(size) if size else b""
        except Exception:
            raise
        except BaseException:
            self._interrupted = True
            raise

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill a buffer with the bytes that are available.

        Args:
            buffer: the buffer.

        Returns:
            The number of bytes; 0 at the end.

        Raises:
            CancelledError: an earlier read was interrupted, or the work was cancelled.
            Error: the content cannot be read; the subclass says why.
        """
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


class Waiting:
    """A piece that is given out in parts."""

    __slots__ = ("_at", "_piece")

    def __init__(self) -> None:
        self._piece = b""
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._piece)

    def put(self, piece: bytes) -> None:
        """Take the next piece; the one before has to be given out."""
        self._piece = piece
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next bytes of the piece; the piece itself, not a copy, if it fits."""
        start = self._at
        self._at = min(len(self._piece), start + size)
        if start == 0 and self._at == len(self._piece):
            return self._piece
        return self._piece[start : self._at]


class BytesStream(PieceStream):
    """A stream of bytes that are there already."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._rest = Waiting()
        self._rest.put(content)

    def _take(self, size: int) -> bytes:
        return self._rest.take(size)


class IteratorStream(PieceStream):
    """A stream of the pieces of a generator; closing the stream closes the generator."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        super().__init__()
        self._pieces = pieces
        self._waiting = Waiting()

    def _take(self, size: int) -> bytes:
        while not self._waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._waiting.put(piece)
        return self._waiting.take(size)

    def close(self) -> None:
        """Close the stream and its generator. Idempotent."""
        if not self.closed:
            self._pieces.close()
        super().close()
