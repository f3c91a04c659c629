"""Read a stream ahead in another thread, so that making content and compressing it overlap."""

from __future__ import annotations

import contextlib
import contextvars
import io
import queue
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    from pyggcr._typing import Protocol


__all__ = ["Readahead"]

_PIECE_SIZE = 1 << 20
_PIECES = 4  # that wait for the reader
_PATIENCE = 0.1  # seconds until the thread looks whether anybody still wants a piece


class Readable(Protocol):
    """What is read ahead."""

    def read(self, size: int, /) -> bytes | None: ...

    def close(self) -> None: ...


class Readahead(io.RawIOBase):
    """The bytes of a stream in large pieces, read ahead by a thread.

    The thread starts with the first read, ends with the stream, and has the limits of the thread
    that made this object. Exceptions of the stream are raised here.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._pieces: queue.Queue[bytes | BaseException] = queue.Queue(_PIECES)
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._context = contextvars.copy_context()
        self._rest = memoryview(b"")
        self._at_end = False

    def readable(self) -> bool:
        """Tell that the stream can be read.

        Returns:
            True.
        """
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill a buffer with the next bytes.

        Args:
            buffer: the buffer.

        Returns:
            The number of bytes; 0 at the end.

        Raises:
            CancelledError: the work was cancelled.
            Error: whatever the stream raises.
        """
        if not self._rest and not self._at_end:
            self._next()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _next(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._context.run, args=(self._read_all,), name="pyggcr-readahead"
            )
            self._thread.start()
        piece = self._pieces.get()
        if isinstance(piece, BaseException):
            self._at_end = True
            raise piece
        self._at_end = not piece
        self._rest = memoryview(piece)

    def _read_all(self) -> None:
        try:
            while (piece := self._read_piece()) and self._put(piece):
                continue
            self._put(b"")
        except BaseException as error:  # noqa: BLE001 - it is raised by the reader
            self._put(error)

    def _read_piece(self) -> bytes:
        found = bytearray()
        while len(found) < _PIECE_SIZE and not self._stopped.is_set():
            piece = self._stream.read(_PIECE_SIZE - len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def _put(self, piece: bytes | BaseException) -> bool:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._pieces.put(piece, timeout=_PATIENCE)
                return True
        return False

    def close(self) -> None:
        """End the thread, and close the stream.

        Closing it again has no effect.
        """
        if self.closed:
            return
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self._stream.close()
        super().close()
