"""One request and its answer, as the handlers see them, apart from sockets.

``Request`` has what was asked, ``Answer`` what to send, and ``Refusal`` is an error in the form of
the distribution specification (``regError`` in pkg/registry/error.go).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from pyggcr._dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


__all__ = [
    "BLOB_UNKNOWN",
    "DIGEST_INVALID",
    "METHOD_UNKNOWN",
    "UNSUPPORTED",
    "Answer",
    "BodyError",
    "Redirected",
    "Refusal",
    "Request",
    "internal",
    "pieces_of",
]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks.

    Attributes:
        target: as it was sent, path and query.
        path: decoded, without the query.
        query: the first value of each key.
        headers: by their names in lower case.
        body: the pieces of the body; can be read once.
        length: the body's length in bytes if it was announced, else -1.
    """

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Iterator[bytes]
    length: int

    def elements(self) -> list[str]:
        """The path's elements; the last one is empty after a slash at the end."""
        return self.path.split("/")[1:] or [""]


@dataclass(slots=True)
class Answer:
    """What to send.

    Attributes:
        headers: by their names, as they are sent.
        body: its pieces; not read for HEAD.
        length: of the body in bytes; ``None`` if that is not told.
        close: what to call once it was sent.
        warnings: values of ``Warning`` headers.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Iterator[bytes] = field(default_factory=lambda: iter(()))
    length: int | None = 0
    close: Callable[[], None] = lambda: None
    warnings: Sequence[str] = ()


class Refusal(Exception):  # noqa: N818  (it is an answer like others)
    """An error to answer with."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers: Mapping[str, str] = headers or {}

    def answer(self, content_type: str = "text/plain; charset=utf-8") -> Answer:
        """The document that tells it (``regError.Write``), whose type Go guesses."""
        said = {"errors": [{"code": self.code, "message": str(self)}]}
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        # As Go's encoder does, so that a browser takes nothing in it for HTML.
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        body = f"{text}\n".encode("utf-8", "replace")
        headers = {"Content-Type": content_type, **self.headers}
        return Answer(self.status, headers, iter((body,)), len(body))


class BodyError(Exception):
    """The body of a request broke off, or makes no sense; the text is Go's."""


class Redirected(Exception):  # noqa: N818  (it is an answer like others)
    """What is asked for is elsewhere."""

    def __init__(self, location: str, code: int) -> None:
        super().__init__(location)
        self.location = location
        self.code = code


_CHUNK = 1 << 18

METHOD_UNKNOWN = (400, "METHOD_UNKNOWN", "We don't understand your method + url")
BLOB_UNKNOWN = (404, "BLOB_UNKNOWN", "Unknown blob")
DIGEST_INVALID = (400, "NAME_INVALID", "invalid digest")
UNSUPPORTED = (405, "UNSUPPORTED", "Unsupported operation")


def internal(error: BaseException) -> Refusal:
    """An error of the registry itself (``regErrInternal``)."""
    return Refusal(500, "INTERNAL_SERVER_ERROR", str(error))


def pieces_of(blob: BinaryIO, length: int) -> Iterator[bytes]:
    """So many bytes of a blob from where it stands, fewer if it ends before."""
    while length > 0 and (piece := blob.read(min(length, _CHUNK))):
        length -= len(piece)
        yield piece
