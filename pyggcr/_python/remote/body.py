"""The body of an answer, which one thread may close while another one reads it."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from typing import TYPE_CHECKING

from pyggcr.errors import TruncatedError

if TYPE_CHECKING:
    import urllib3
    from typing_extensions import Buffer

    from pyggcr._gostd.gzip.reader import Reader

__all__ = ["AnswerBody", "GunzippedBody"]


class AnswerBody:
    """What urllib3 reads of an answer."""

    def __init__(self, raw: urllib3.BaseHTTPResponse) -> None:
        self._raw = raw
        self._reading = threading.RLock()

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end; raises what urllib3 does."""
        with self._reading:
            return self._raw.read(size, decode_content=False)

    def close(self) -> None:
        """Free the connection; end it, and a read that waits, if there is more to read."""
        if not self._raw.closed:
            sock: socket.socket | None = getattr(self._raw.connection, "answering", None)
            if sock is not None:
                with contextlib.suppress(OSError):  # the other side may have hung up
                    sock.shutdown(socket.SHUT_RDWR)
            with self._reading:  # which has ended by now, or does
                self._raw.close()
        self._raw.release_conn()


class GunzippedBody:
    """The body of an answer that was compressed on its way (``gzipReader`` of net/http)."""

    def __init__(self, body: AnswerBody) -> None:
        self._body = body
        self._reader: Reader | None = None

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end.

        Raises:
            CompressionError: this is no gzip.
            TruncatedError: it ends too early.
        """
        if self._reader is None:
            from pyggcr._gostd.gzip.reader import Reader  # most answers are not compressed

            try:
                self._reader = Reader(_Compressed(self._body))
            except TruncatedError as error:
                if str(error) == "EOF":
                    return b""  # nothing at all is no gzip, and yet no fault
                raise
        return self._reader.read(size)

    def close(self) -> None:
        """Free the connection."""
        self._body.close()


class _Compressed(io.RawIOBase):
    def __init__(self, body: AnswerBody) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._body.read(len(view))
        view[: len(data)] = data
        return len(data)
