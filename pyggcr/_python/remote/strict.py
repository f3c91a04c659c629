"""Answers read as strictly as Go's net/http reads them; Python's http.client lets more pass.

Above all it takes the end of a connection for the end of an answer's head, so that an answer that
broke off there would be a good one without a body.
"""

from __future__ import annotations

import http.client
from typing import Any

from pyggcr._gostd.strconv import quote

__all__ = ["HeadError", "StrictResponse"]

_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_ENDS = (b"\r\n", b"\n")
_CONTINUED = (b" ", b"\t")


class HeadError(http.client.HTTPException):
    """The head of an answer is not whole, or a line of it is no field; the text is Go's."""


class _Head:
    """A stream whose lines are the head of an answer."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self._in_fields = False

    def readline(self, limit: int) -> bytes:
        """The next line.

        Raises:
            HeadError: there is none, or it is no field.
        """
        line: bytes = self.stream.readline(limit)
        if not self._in_fields:
            self._in_fields = True  # the status was judged elsewhere
        elif line in _ENDS:
            self._in_fields = False  # after an interim answer comes another status
        elif not line:
            raise HeadError(f"{_BROKEN}unexpected EOF")
        elif b":" not in line and not line.startswith(_CONTINUED):
            text = quote(line.rstrip(b"\r\n").decode("utf-8", "surrogateescape"))
            raise HeadError(f"{_BROKEN}malformed MIME header: missing colon: {text}")
        return line

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()


class StrictResponse(http.client.HTTPResponse):
    """An answer whose head is whole, and whose chunks have sizes that are sizes."""

    def begin(self) -> None:
        """Read the head."""
        head = _Head(self.fp)
        self.fp = head  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is head:  # type: ignore[comparison-overlap]
                self.fp = head.stream

    def _read_next_chunk_size(self) -> int:
        # http.client takes a chunk of the size "-1" for all that ever comes.
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise ValueError("invalid byte in chunk length")
        return size
