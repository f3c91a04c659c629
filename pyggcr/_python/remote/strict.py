"""Answers read as strictly as Go's net/http reads them; Python's http.client lets more pass.

Above all it takes the end of a connection for the end of an answer's head, so that an answer that
broke off there would be a good one without a body.
"""

from __future__ import annotations

import http.client
import re
from typing import Any

from pyggcr._gostd.strconv import quote

__all__ = ["HeadError", "StrictResponse"]

_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_ENDS = (b"\r\n", b"\n")
_CONTINUED = (b" ", b"\t")
_NUMBER = re.compile("[0-9]{1,40}")  # leading zeros are no fault
_LONGEST = (1 << 63) - 1


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


def _check_length(headers: http.client.HTTPMessage) -> None:
    """Refuse what says of its length what nobody can understand (``readTransfer``).

    http.client reads such a body until the connection ends, which may be never.

    Raises:
        HeadError: it does.
    """
    encodings = headers.get_all("Transfer-Encoding", [])
    if len(encodings) > 1:
        raise HeadError(f"{_BROKEN}too many transfer encodings: {_quoted(encodings)}")
    if encodings and encodings[0].lower() != "chunked":
        raise HeadError(f"{_BROKEN}unsupported transfer encoding: {quote(encodings[0])}")
    given = headers.get_all("Content-Length", [])
    lengths = {it.strip(" \t") for it in given}
    if len(lengths) > 1:
        told = f"multiple Content-Length headers; got {_quoted(given)}"
        raise HeadError(f"{_BROKEN}http: message cannot contain {told}")
    for length in lengths:
        if not length:
            raise HeadError(f'{_BROKEN}invalid empty Content-Length ""')
        if not _NUMBER.fullmatch(length) or int(length) > _LONGEST:
            raise HeadError(f"{_BROKEN}bad Content-Length {quote(length)}")


def _quoted(values: list[str]) -> str:
    return f"[{' '.join(map(quote, values))}]"


class StrictResponse(http.client.HTTPResponse):
    """An answer whose head is whole, and whose body and its chunks have sizes that are sizes."""

    def begin(self) -> None:
        """Read the head."""
        head = _Head(self.fp)
        self.fp = head  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is head:  # type: ignore[comparison-overlap]
                self.fp = head.stream
        _check_length(self.headers)

    def _read_next_chunk_size(self) -> int:
        # http.client takes a chunk of the size "-1" for all that ever comes.
        size: int = super()._read_next_chunk_size()  # type: ignore[misc]
        if size < 0:
            raise ValueError("invalid byte in chunk length")
        return size
