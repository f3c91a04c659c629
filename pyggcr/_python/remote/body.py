"""The body of an answer, which one thread may close while another one reads it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import urllib3

__all__ = ["AnswerBody"]


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
