"""HTTP/1.1 over a connection: requests as they are sent, answers as Go's net/http reads them.

An answer is read as strictly as in Go, and within the same bounds: its head, its length, its
chunks. Whoever opens and keeps connections is ``connections``.
"""

from __future__ import annotations

import io
import re

from pyggcr._gostd.strconv import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from typing_extensions import Buffer

    class Wire(Protocol):
        """A socket, or what takes its place."""

        def recv_into(self, buffer: Buffer, /) -> int:
            """Read at least one byte, none at the end."""

        def sendall(self, data: Buffer, /) -> None:
            """Send all of it."""


__all__ = [
    "CutAnswerError",
    "HTTPError",
    "Incoming",
    "MalformedAnswerError",
    "Message",
    "NoAnswerError",
    "request_head",
]

_BROKEN = "net/http: HTTP/1.x transport connection broken: "
_UNEXPECTED_EOF = "unexpected EOF"
_BLANK = b" \t"
_NUMBER = re.compile("[0-9]{1,40}")  # leading zeros are no fault
_LONGEST = (1 << 63) - 1

_MOST = 10 << 20  # bytes of a head, with those of the interim answers before it
# What a field takes beside its bytes; so many fields that they fill the memory are no head.
_FIELD_OVERHEAD = 200
_MOST_MEMORY = 64 << 20
_STATUS = re.compile(rb"[0-9]{3}")
_VERSION = re.compile(rb"HTTP/([0-9])\.([0-9])")
_LONGEST_REASON = 4096
_SWITCHING = 101
_WITHOUT_BODY = frozenset({204, 304})
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

_UNKNOWN = -1  # a body that ends with the connection


class HTTPError(Exception):
    """No answer, or none that can be used; the text is Go's."""


class NoAnswerError(HTTPError):
    """The other side hung up before the first byte of an answer."""

    def __init__(self) -> None:
        super().__init__("EOF")


class MalformedAnswerError(HTTPError):
    """An answer is not whole, or against the rules of HTTP."""


class CutAnswerError(MalformedAnswerError):
    """An answer that ends in the middle."""

    def __init__(self, text: str = _UNEXPECTED_EOF) -> None:
        super().__init__(text)


def request_head(method: str, target: str, headers: Mapping[str, str | bytes]) -> bytes:
    """The head of a request; nothing in it may end a line."""
    lines = [f"{method} {target} HTTP/1.1".encode("ascii")]
    for name, value in headers.items():
        told = value.encode("latin-1") if isinstance(value, str) else value
        lines.append(b"%b: %b" % (name.encode("latin-1"), told))
    return b"\r\n".join([*lines, b"", b""])


class Incoming:
    """What comes in over a connection."""

    def __init__(self, wire: Wire) -> None:
        self._raw = _Raw(wire)
        self._stream = io.BufferedReader(self._raw)
        self.read = self._stream.read
        self.readline = self._stream.readline

    def holds_more(self) -> bool:
        """Whether bytes have come that nobody has read; none are waited for."""
        self._raw.paused = True
        try:
            return bool(self._stream.peek(1))
        finally:
            self._raw.paused = False


class _Raw(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.paused = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int | None:
        return None if self.paused else self._wire.recv_into(buffer)


class _Fields:
    """The headers of one answer, by their names in lower case."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}
        self._memory = 0

    def add(self, name: bytes, value: bytes) -> None:
        self._memory += len(name) + len(value) + _FIELD_OVERHEAD
        if self._memory > _MOST_MEMORY:
            raise _too_long()
        key = name.decode("latin-1").lower()
        self._values.setdefault(key, []).append(value.decode("latin-1"))

    def values(self, name: str) -> list[str]:
        return self._values.get(name.lower(), [])


class Message:
    """An answer: its head is read, its body not yet.

    Attributes:
        status: the HTTP status.
        reason: what the answer calls it.
        is_empty: whether the head says that there is no body.
        is_over: whether the body was read, to its end.
        is_last: whether nothing comes after it over its connection.
    """

    def __init__(self, incoming: Incoming, method: str) -> None:
        """Read the head of the answer to a request.

        Raises:
            HTTPError: there is none, or it is none.
            OSError: the connection broke.
        """
        self._incoming = incoming
        head = _Head(incoming)
        self.status, self.reason, self._fields = head.status, head.reason, head.fields
        chunks = _Chunks(incoming) if _is_chunked(head) else None
        length = _body_length(head)
        if method == "HEAD" or self.status in _WITHOUT_BODY:
            chunks, length = None, 0
        self._chunks, self._left = chunks, length
        self.is_last = _closes(head) or (chunks is None and length == _UNKNOWN)
        self.is_over = self.is_empty = chunks is None and length == 0

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        return self._fields.values(name)

    def read(self, size: int) -> bytes:
        """At most so many bytes of the body, none at its end.

        Raises:
            HTTPError: it ends too early, or is none.
            OSError: the connection broke.
        """
        if self.is_over or not size:
            return b""
        if self._chunks is not None:
            data = self._chunks.read(size)
            self.is_over = self._chunks.is_over
            return data
        if self._left == _UNKNOWN:
            data = self._incoming.read(size)
            self.is_over = not data
            return data
        data = self._incoming.read(min(size, self._left))
        if not data:
            raise CutAnswerError
        self._left -= len(data)
        self.is_over = not self._left
        return data


class _Head:
    """The head of an answer, behind those of interim answers (``http.ReadResponse``)."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._left = _MOST
        line = self._line()
        if not line:
            raise NoAnswerError
        while True:
            self.version, self.status, self.reason = _status(_without_end(line))
            self.fields = self._read_fields()
            if not 100 <= self.status < 200 or self.status == _SWITCHING:
                return
            line = self._line()
            if not line:
                raise CutAnswerError(f"{_BROKEN}{_UNEXPECTED_EOF}")

    def _line(self) -> bytes:
        """The next line with its end; nothing where the connection ends."""
        line = self._incoming.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise _too_long()
        return line

    def _read_fields(self) -> _Fields:
        """The headers of one answer (``readMIMEHeader``)."""
        fields = _Fields()
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
            fields.add(name, value.lstrip(_BLANK))
        if not line:
            raise CutAnswerError(f"{_BROKEN}{_UNEXPECTED_EOF}")
        return fields


def _too_long() -> MalformedAnswerError:
    told = f"net/http: server response headers exceeded {_MOST} bytes; aborted"
    return MalformedAnswerError(f"{_BROKEN}{told}")


def _without_end(line: bytes) -> bytes:
    """A line without its end (``bufio.Reader.ReadLine``)."""
    return line[:-1].removesuffix(b"\r") if line.endswith(b"\n") else line


def _canonical(name: bytes) -> bytes:
    """The name of a header as Go writes it (``canonicalMIMEHeaderKey``)."""
    return b"-".join(word.capitalize() for word in name.split(b"-"))


def _quoted_line(line: bytes) -> str:
    return quote(line.decode("utf-8", "surrogateescape"))


def _status(line: bytes) -> tuple[tuple[int, int], int, str]:
    """Version, status and reason of the first line.

    Raises:
        MalformedAnswerError: it is none.
    """
    protocol, space, status = line.partition(b" ")
    code, _, reason = status.lstrip(b" ").partition(b" ")
    version = _VERSION.fullmatch(protocol)
    if not space:
        fault = f"malformed HTTP response {_quoted_line(line)}"
    elif not _STATUS.fullmatch(code) or code.startswith(b"0"):
        fault = f"malformed HTTP status code {_quoted_line(code)}"
    elif version is None:
        fault = f"malformed HTTP version {_quoted_line(protocol)}"
    else:
        shown = reason[:_LONGEST_REASON].decode("latin-1").strip()
        return (int(version[1]), int(version[2])), int(code), shown
    raise MalformedAnswerError(f"{_BROKEN}{fault}")


def _is_chunked(head: _Head) -> bool:
    """Whether the body is sent in chunks (``parseTransferEncoding``).

    Raises:
        MalformedAnswerError: nobody can understand what is said of that.
    """
    encodings = head.fields.values("Transfer-Encoding")
    if not encodings or head.version < (1, 1):
        return False
    if len(encodings) > 1:
        raise MalformedAnswerError(f"{_BROKEN}too many transfer encodings: {_quoted(encodings)}")
    if encodings[0].lower() != "chunked":
        told = f"unsupported transfer encoding: {quote(encodings[0])}"
        raise MalformedAnswerError(f"{_BROKEN}{told}")
    return True


def _body_length(head: _Head) -> int:
    """What is said of the length of the body (``fixLength``).

    Raises:
        MalformedAnswerError: nobody can understand it.
    """
    given = head.fields.values("Content-Length")
    lengths = {it.strip(" \t") for it in given}
    if len(lengths) > 1:
        told = f"http: message cannot contain multiple Content-Length headers; got {_quoted(given)}"
        raise MalformedAnswerError(f"{_BROKEN}{told}")
    for length in lengths:
        if not length:
            raise MalformedAnswerError(f'{_BROKEN}invalid empty Content-Length ""')
        if not _NUMBER.fullmatch(length) or int(length) > _LONGEST:
            raise MalformedAnswerError(f"{_BROKEN}bad Content-Length {quote(length)}")
        return int(length)
    return _UNKNOWN


def _closes(head: _Head) -> bool:
    """Whether nothing comes after the answer (``shouldClose``)."""
    values = ",".join(head.fields.values("Connection"))
    tokens = {token.strip(" \t").lower() for token in values.split(",")}
    if head.version[0] < 1:
        return True
    return "close" in tokens or (head.version == (1, 0) and "keep-alive" not in tokens)


def _quoted(values: list[str]) -> str:
    return f"[{' '.join(map(quote, values))}]"


class _Chunks:
    """A body in chunks (``chunkedReader``).

    Attributes:
        is_over: whether all of it was read, its trailer too.
    """

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._left: int | None = None  # of the chunk; none before the first one
        self._excess = 0
        self.is_over = False

    def read(self, size: int) -> bytes:
        """So many bytes, fewer at the end only."""
        pieces = []
        while size and not self.is_over:
            if not self._left:
                self._begin()
                continue
            piece = self._exactly(min(size, self._left))
            self._left -= len(piece)
            size -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _begin(self) -> None:
        """Begin the next chunk, which may be the end (``beginChunk``)."""
        if self._left is not None and self._exactly(2) != b"\r\n":
            raise MalformedAnswerError("malformed chunked encoding")
        self._left = self._read_size()
        if not self._left:
            self._skip_trailer()
            self.is_over = True

    def _exactly(self, size: int) -> bytes:
        data: bytes = self._incoming.read(size)
        if len(data) < size:
            raise CutAnswerError
        return data

    def _read_size(self) -> int:
        line: bytes = self._incoming.readline(_LINE)
        if not line.endswith(b"\n"):
            if len(line) == _LINE:
                raise MalformedAnswerError("header line too long")
            raise CutAnswerError
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

    def _skip_trailer(self) -> None:
        left = _LINE
        while (line := self._incoming.readline(left)) not in (b"\r\n", b"\n"):
            left -= len(line)
            if left <= 0:
                raise MalformedAnswerError("http: suspiciously long trailer after chunked body")
            if not line.endswith(b"\n"):
                raise MalformedAnswerError("http: unexpected EOF reading trailer")
