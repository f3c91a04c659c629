"""Answers read as Go's net/http reads them: as strictly, and within the same bounds.

Python's http.client lets more pass: it takes the end of a connection for the end of an answer's
head, so that an answer that broke off there would be a good one without a body. It refuses more,
too: many header lines, and long ones. So the head is read here, and http.client gets only what says
where the body ends.
"""

from __future__ import annotations

import http.client
import re
from typing import Any

from pyggcr._gostd.strconv import quote

__all__ = ["CutAnswerError", "MalformedAnswerError", "StrictResponse"]

_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_UNEXPECTED_EOF = "unexpected EOF"
_BLANK = b" \t"
_NUMBER = re.compile("[0-9]{1,40}")  # leading zeros are no fault
_LONGEST = (1 << 63) - 1

_MOST = 10 << 20  # bytes of a head, with those of the interim answers before it
_STATUS = re.compile(rb"[0-9]{3}")
_VERSION = re.compile(rb"HTTP/([0-9])\.([0-9])")
_SWITCHING = 101
# Characters of the name of a header, and of its value (``validHeaderFieldByte`` and
# ``validHeaderValueByte``); a space in the name is no fault.
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z -]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_INITIAL_SHOWN = 80  # bytes of a first line that continues nothing

_LINE = 4096  # bytes of the line before a chunk, and of a trailer
_CHUNK_DIGITS = 16
_HEX = re.compile(rb"[0-9a-fA-F]+")
_ALLOWED_EXCESS = 16 << 10  # bytes around chunks, over those that each chunk may bring
_EXCESS_PER_CHUNK = 16


class MalformedAnswerError(http.client.HTTPException):
    """An answer is not whole, or against the rules of HTTP; the text is Go's."""


class CutAnswerError(MalformedAnswerError):
    """An answer that ends in the middle."""


class _Head:
    """The head of an answer: it is read as Go does, and given on as far as it frames the body.

    Attributes:
        fields: the headers.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.fields = http.client.HTTPMessage()
        self._left = _MOST
        self._framing: list[bytes] | None = None

    def readline(self, _limit: int) -> bytes:
        """The next line for http.client.

        Raises:
            MalformedAnswerError: the head is none.
        """
        if self._framing is None:
            self._framing = self._read()
        return self._framing.pop(0)

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()

    def _line(self) -> bytes:
        """The next line with its end; nothing where the connection ends."""
        line: bytes = self.stream.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            told = f"net/http: server response headers exceeded {_MOST} bytes; aborted"
            raise MalformedAnswerError(f"{_BROKEN}{told}")
        return line

    def _read(self) -> list[bytes]:
        line = self._line()
        if not line:
            return [b""]  # the other side hung up, which http.client tells
        while True:
            version, code, first = _status(_without_end(line))
            self.fields = self._read_fields()
            if not 100 <= code < 200 or code == _SWITCHING:
                return [first, *_framing(version, self.fields)]
            line = self._line()
            if not line:
                raise CutAnswerError(f"{_BROKEN}{_UNEXPECTED_EOF}")

    def _read_fields(self) -> http.client.HTTPMessage:
        """The headers of one answer (``readMIMEHeader``)."""
        fields = http.client.HTTPMessage()
        line = self._line()
        if line[:1] in (b" ", b"\t"):
            shown = _quoted_line(_without_end(line)[:_INITIAL_SHOWN])
            raise MalformedAnswerError(f"{_BROKEN}malformed MIME header initial line: {shown}")
        while content := _without_end(line):
            if b":" not in content:
                shown = _quoted_line(content)
                raise MalformedAnswerError(
                    f"{_BROKEN}malformed MIME header: missing colon: {shown}"
                )
            parts = [content.strip(_BLANK)]
            while (line := self._line())[:1] in (b" ", b"\t"):
                parts.append(_without_end(line).strip(_BLANK))
            whole = b" ".join(parts)
            name, _, value = whole.partition(b":")
            known = _NAME.fullmatch(name)
            if not known or not _VALUE.fullmatch(value):
                # By then Go has written the name in its own way, over what was sent.
                own_way = b" " not in name and known
                shown = _quoted_line(b"%b:%b" % (_canonical(name), value) if own_way else whole)
                raise MalformedAnswerError(f"{_BROKEN}malformed MIME header line: {shown}")
            # Not fields[…]: from Python 3.14 on, that refuses names that Go takes.
            fields.set_raw(name.decode("latin-1"), value.lstrip(_BLANK).decode("latin-1"))
        if not line:
            raise CutAnswerError(f"{_BROKEN}{_UNEXPECTED_EOF}")
        return fields


def _without_end(line: bytes) -> bytes:
    """A line without its end (``bufio.Reader.ReadLine``)."""
    return line[:-1].removesuffix(b"\r") if line.endswith(b"\n") else line


def _canonical(name: bytes) -> bytes:
    """The name of a header as Go writes it (``canonicalMIMEHeaderKey``)."""
    return b"-".join(word.capitalize() for word in name.split(b"-"))


def _quoted_line(line: bytes) -> str:
    return quote(line.decode("utf-8", "surrogateescape"))


def _status(line: bytes) -> tuple[tuple[int, int], int, bytes]:
    """Version and status of the first line, and that line for http.client (``http.ReadResponse``).

    Raises:
        MalformedAnswerError: it is none.
    """
    protocol, space, status = line.partition(b" ")
    code = status.lstrip(b" ").partition(b" ")[0]
    version = _VERSION.fullmatch(protocol)
    if not space:
        fault = f"malformed HTTP response {_quoted_line(line)}"
    elif not _STATUS.fullmatch(code) or code.startswith(b"0"):
        fault = f"malformed HTTP status code {_quoted_line(code)}"
    elif version is None:
        fault = f"malformed HTTP version {_quoted_line(protocol)}"
    else:
        # http.client knows few versions, and no long lines.
        shown = b"HTTP/1.1 " + status.lstrip(b" ")[:_LINE] + b"\r\n"
        return (int(version[1]), int(version[2])), int(code), shown
    raise MalformedAnswerError(f"{_BROKEN}{fault}")


def _framing(version: tuple[int, int], fields: http.client.HTTPMessage) -> list[bytes]:
    """Lines that say what the body's end depends on, and no more (``readTransfer``).

    Raises:
        MalformedAnswerError: nobody can understand what they say of its length. http.client reads
            such a body until the connection ends, which may be never.
    """
    lines = []
    encodings = fields.get_all("Transfer-Encoding", [])
    if encodings and version >= (1, 1):
        if len(encodings) > 1:
            raise MalformedAnswerError(
                f"{_BROKEN}too many transfer encodings: {_quoted(encodings)}"
            )
        if encodings[0].lower() != "chunked":
            told = f"unsupported transfer encoding: {quote(encodings[0])}"
            raise MalformedAnswerError(f"{_BROKEN}{told}")
        lines.append("Transfer-Encoding: chunked")
    given = fields.get_all("Content-Length", [])
    lengths = {it.strip(" \t") for it in given}
    if len(lengths) > 1:
        told = f"http: message cannot contain multiple Content-Length headers; got {_quoted(given)}"
        raise MalformedAnswerError(f"{_BROKEN}{told}")
    for length in lengths:
        if not length:
            raise MalformedAnswerError(f'{_BROKEN}invalid empty Content-Length ""')
        if not _NUMBER.fullmatch(length) or int(length) > _LONGEST:
            raise MalformedAnswerError(f"{_BROKEN}bad Content-Length {quote(length)}")
        lines.append(f"Content-Length: {length}")
    if _closes(version, fields):
        lines.append("Connection: close")
    return [*(f"{line}\r\n".encode("latin-1") for line in lines), b"\r\n"]


def _closes(version: tuple[int, int], fields: http.client.HTTPMessage) -> bool:
    """Whether nothing comes after the answer (``shouldClose``)."""
    values = ",".join(fields.get_all("Connection", []))
    tokens = {token.strip(" \t").lower() for token in values.split(",")}
    if version[0] < 1:
        return True
    return "close" in tokens or (version == (1, 0) and "keep-alive" not in tokens)


def _quoted(values: list[str]) -> str:
    return f"[{' '.join(map(quote, values))}]"


class StrictResponse(http.client.HTTPResponse):
    """An answer whose head is whole, and whose body and its chunks have sizes that are sizes."""

    _excess = 0

    def begin(self) -> None:
        """Read the head."""
        head = _Head(self.fp)
        self.fp = head  # type: ignore[assignment]
        try:
            super().begin()
        finally:
            if self.fp is head:  # type: ignore[comparison-overlap]
                self.fp = head.stream
        self.headers = self.msg = head.fields

    def _get_chunk_left(self) -> int | None:
        # http.client does not look at what ends a chunk, nor bounds what stands around it.
        left: int | None = self.chunk_left
        if left:
            return left
        if left is not None and self._exactly(2) != b"\r\n":
            raise MalformedAnswerError("malformed chunked encoding")
        self.chunk_left = self._read_next_chunk_size() or None
        if self.chunk_left is None:
            self._read_and_discard_trailer()
            self._close_conn()  # type: ignore[attr-defined]
        return self.chunk_left

    def _exactly(self, size: int) -> bytes:
        data = self.fp.read(size)
        if len(data) < size:
            raise CutAnswerError(_UNEXPECTED_EOF)
        return data

    def _read_next_chunk_size(self) -> int:
        """The size of the next chunk (``chunkedReader.beginChunk``)."""
        line = self.fp.readline(_LINE)
        if not line.endswith(b"\n"):
            if len(line) == _LINE:
                raise MalformedAnswerError("header line too long")
            raise CutAnswerError(_UNEXPECTED_EOF)
        if b"\r" not in line:
            raise MalformedAnswerError("chunked line ends with bare LF")
        if line.index(b"\r") != len(line) - 2:
            raise MalformedAnswerError("invalid CR in chunked line")
        digits = line[:-2].rstrip(_BLANK).partition(b";")[0]
        if not digits:
            raise MalformedAnswerError("empty hex number for chunk length")
        if not _HEX.fullmatch(digits[: _CHUNK_DIGITS + 1]):
            raise MalformedAnswerError("invalid byte in chunk length")
        if len(digits) > _CHUNK_DIGITS:
            raise MalformedAnswerError("http chunk length too large")
        size = int(digits, 16)
        self._excess = max(0, self._excess + len(line) - _EXCESS_PER_CHUNK - 2 * size)
        if self._excess > _ALLOWED_EXCESS:
            raise MalformedAnswerError("chunked encoding contains too much non-data")
        return size

    def _read_and_discard_trailer(self) -> None:
        left = _LINE
        while (line := self.fp.readline(left)) not in (b"\r\n", b"\n"):
            left -= len(line)
            if left <= 0:
                raise MalformedAnswerError("http: suspiciously long trailer after chunked body")
            if not line.endswith(b"\n"):
                raise MalformedAnswerError("http: unexpected EOF reading trailer")
