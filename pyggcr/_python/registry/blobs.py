"""Requests for blobs and uploads, as pkg/registry/blobs.go answers them."""

from __future__ import annotations

import contextlib
import io
import itertools
import random
import re
import threading
from collections.abc import Callable, Iterator

from pyggcr._gostd import path
from pyggcr._python.registry.exchange import (
    BLOB_UNKNOWN,
    DIGEST_INVALID,
    METHOD_UNKNOWN,
    UNSUPPORTED,
    Answer,
    BodyError,
    Redirected,
    Refusal,
    Request,
    internal,
    pieces_of,
)
from pyggcr._python.registry.storage import DiskBlobs, MemoryBlobs
from pyggcr._python.registry.verified import SIZE_UNKNOWN, MismatchError, VerifiedContent
from pyggcr._values.registry import BlobHandler, cause
from pyggcr.errors import BlobNotFoundError, InvalidHashError, RedirectError
from pyggcr.v1.hash import Hash, new_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = ["Blobs", "is_blob"]

_CHUNK = 1 << 20
# As fmt.Sscanf reads "bytes=%d-%d": with signs, and whatever follows.
_NUMBER = r"[ \t]*([+-]?[0-9]{1,18})"
_RANGE = re.compile(f"bytes={_NUMBER}-{_NUMBER}(?![0-9_])")
_CONTENT_RANGE = re.compile(f"{_NUMBER}-{_NUMBER}(?![0-9_])")

_T = TypeVar("_T")


def is_blob(request: Request) -> bool:
    """Whether a request is for a blob or an upload (``isBlob``)."""
    elements = _elements(request)
    return len(elements) >= 3 and (
        elements[-2] == "blobs" or elements[-3:-1] == ["blobs", "uploads"]
    )


def _elements(request: Request) -> list[str]:
    elements = request.elements()
    return elements if elements[-1] else elements[:-1]


class _Upload:
    """What has come of a blob so far."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0
        self._lock = threading.Lock()

    def add(self, pieces: Iterator[bytes], begin: int) -> None:
        """Take pieces from that position on; what has come stays if the rest does not come.

        Go holds a lock while it reads, so that uploads wait for each other. Here a client whose
        bytes do not follow what is there is refused, in the middle too: a connection may have
        broken for the client and not yet for the server.
        """
        for piece in itertools.chain((b"",), pieces):
            with self._lock:
                if begin != self.size:
                    raise Refusal(
                        416,
                        "BLOB_UPLOAD_UNKNOWN",
                        "Your content range doesn't match what we have",
                    )
                self.pieces.append(piece)
                self.size = begin = begin + len(piece)


class Blobs:
    """The blobs of a registry, and the uploads that are under way."""

    def __init__(self, handler: BlobHandler, log: Callable[[str], None]) -> None:
        self._handler: Any = handler
        self._log = log
        self._uploads: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Answer a request (``blobs.handle``)."""
        elements = _elements(request)
        if len(elements) < 4:
            raise Refusal(400, "NAME_INVALID", "blobs must be attached to a repo")
        answers = {
            "HEAD": self._head,
            "GET": self._get,
            "POST": self._post,
            "PATCH": self._patch,
            "PUT": self._put,
            "DELETE": self._delete,
        }
        if request.method not in answers:
            raise Refusal(*METHOD_UNKNOWN)
        return answers[request.method](request, elements)

    def _can(self, method: str) -> bool:
        return hasattr(self._handler, method)

    def _head(self, _: Request, elements: list[str]) -> Answer:
        digest, repository = _digest(elements[-1]), _repository(elements)
        if self._can("stat"):
            size = _found(lambda: self._handler.stat(repository, digest))
        else:
            size = 0
            with contextlib.closing(
                _found(lambda: self._handler.get(repository, digest))
            ) as content:
                while piece := _internally(lambda: content.read(_CHUNK)):
                    size += len(piece)
        return Answer(200, {"Docker-Content-Digest": str(digest)}, length=size)

    def _get(self, request: Request, elements: list[str]) -> Answer:
        digest, repository = _digest(elements[-1]), _repository(elements)
        if self._can("stat"):
            size = _found(lambda: self._handler.stat(repository, digest))
            content = _found(lambda: self._handler.get(repository, digest))
        else:
            content = io.BytesIO(_rest(_found(lambda: self._handler.get(repository, digest))))
            size = len(content.getvalue())
        headers = {"Docker-Content-Digest": str(digest)}
        try:
            status, length = 200, size
            if wanted := request.headers.get("range", ""):
                begin, end = _range(wanted)
                self._seek(content, begin, end, size)
                status, length = 206, max(end + 1 - begin, 0)
                headers["Content-Range"] = f"bytes {begin}-{end}/{size}"
        except BaseException:
            content.close()
            raise
        return Answer(status, headers, pieces_of(content, length), length, content.close)

    def _seek(self, content: BinaryIO, begin: int, end: int, size: int) -> None:
        """Go to the beginning of a range: at once only in Go's own kinds of blobs."""
        if isinstance(self._handler, (MemoryBlobs, DiskBlobs)):
            if end + 1 > size:
                raise Refusal(416, "BLOB_UNKNOWN", f"range end {end + 1} > {size} size")
            content.seek(max(begin, 0))
        elif sum(map(len, pieces_of(content, begin))) < begin:
            raise Refusal(416, "BLOB_UNKNOWN", f"Failed to discard {begin} bytes")

    def _post(self, request: Request, elements: list[str]) -> Answer:
        if not self._can("put"):
            raise Refusal(*UNSUPPORTED)
        # Go's own text, which names the element before it.
        if elements[-1] != "uploads":
            raise Refusal(
                400,
                "METHOD_UNKNOWN",
                f"POST to /blobs must be followed by /uploads, got {elements[-1]}",
            )
        if text := request.query.get("digest", ""):
            return self._keep(_repository(elements), _digest(text), request.body, request.length)
        number = random.getrandbits(63)
        place = path.join("v2", *elements[1:-2], "blobs/uploads", str(number))
        return Answer(202, {"Location": f"/{place}", "Range": "0-0"})

    def _patch(self, request: Request, elements: list[str]) -> Answer:
        _check_upload("PATCH", elements)
        name = elements[-1]
        wanted = request.headers.get("content-range", "")
        begin = _begin_of(wanted) if wanted else 0
        with self._lock:
            if not wanted and name in self._uploads:
                raise Refusal(
                    400,
                    "BLOB_UPLOAD_INVALID",
                    "Stream uploads after first write are not allowed",
                )
            upload = self._uploads.setdefault(name, _Upload())
        with contextlib.suppress(BodyError):  # Go takes what has come for all
            upload.add(request.body, begin)
        return Answer(202, _headers_of(elements, upload))

    def _put(self, request: Request, elements: list[str]) -> Answer:
        if not self._can("put"):
            raise Refusal(*UNSUPPORTED)
        _check_upload("PUT", elements)
        text = request.query.get("digest", "")
        if not text:
            raise Refusal(400, "DIGEST_INVALID", "digest not specified")
        digest = _digest(text)
        with self._lock:
            upload = self._uploads.get(elements[-1])
        so_far, size = ([], 0) if upload is None else (upload.pieces, upload.size)
        size = size + request.length if request.length > 0 else SIZE_UNKNOWN
        pieces = itertools.chain(so_far, request.body)
        answer = self._keep(_repository(elements), digest, pieces, size)
        with self._lock:
            self._uploads.pop(elements[-1], None)
        return answer

    def _keep(self, repository: str, digest: Hash, pieces: Iterator[bytes], size: int) -> Answer:
        content = io.BufferedReader(VerifiedContent(pieces, size, digest), _CHUNK)
        try:
            _internally(lambda: self._handler.put(repository, digest, content), MismatchError)
        except MismatchError as error:
            self._log(f"Digest mismatch: {error}")
            raise Refusal(400, "DIGEST_INVALID", "digest does not match contents") from None
        return Answer(201, {"Docker-Content-Digest": str(digest)})

    def _delete(self, _: Request, elements: list[str]) -> Answer:
        if not self._can("delete"):
            raise Refusal(*UNSUPPORTED)
        digest, repository = _digest(elements[-1]), _repository(elements)
        _internally(lambda: self._handler.delete(repository, digest))
        return Answer(202)


def _internally(call: Callable[[], _T], *known: type[Exception]) -> _T:
    """Call a handler; what it raises is an internal error, if it does not come from a known one."""
    try:
        return call()
    except Exception as error:
        expected = cause(error, *known) if known else None
        if isinstance(expected, Exception):
            raise type(expected)(str(error)) from error
        raise internal(error) from error


def _found(call: Callable[[], _T]) -> _T:
    """Call a handler that may not have the blob."""
    try:
        return call()
    except Exception as error:
        if cause(error, BlobNotFoundError) is not None:
            raise Refusal(*BLOB_UNKNOWN) from None
        elsewhere = cause(error, RedirectError)
        if isinstance(elsewhere, RedirectError):
            raise Redirected(elsewhere.location, elsewhere.code) from None
        raise internal(error) from error


def _rest(content: BinaryIO) -> bytes:
    """All of a blob; as Go takes it, up to an error."""
    pieces = []
    with contextlib.closing(content), contextlib.suppress(Exception):
        while piece := content.read(_CHUNK):
            pieces.append(piece)
    return b"".join(pieces)


def _repository(elements: list[str]) -> str:
    """What handlers are told; as in Go with ``/blobs`` at the end of an upload."""
    return path.join(*elements[1:-2])


def _digest(text: str) -> Hash:
    try:
        return new_hash(text)
    except InvalidHashError:
        raise Refusal(*DIGEST_INVALID) from None


def _check_upload(method: str, elements: list[str]) -> None:
    if elements[-2] != "uploads":
        raise Refusal(
            400,
            "METHOD_UNKNOWN",
            f"{method} to /blobs must be followed by /uploads, got {elements[-2]}",
        )


def _begin_of(content_range: str) -> int:
    found = _CONTENT_RANGE.match(content_range)
    if found is None:
        raise Refusal(416, "BLOB_UPLOAD_UNKNOWN", "We don't understand your Content-Range")
    return int(found[1])


def _headers_of(elements: list[str], upload: _Upload) -> dict[str, str]:
    place = path.join("v2", *elements[1:-3], "blobs/uploads", elements[-1])
    return {"Location": f"/{place}", "Range": f"0-{upload.size - 1}"}


def _range(text: str) -> tuple[int, int]:
    """First and last position; Go takes no range without an end."""
    found = _RANGE.match(text)
    if found is None:
        raise Refusal(416, "BLOB_UNKNOWN", "We don't understand your Range")
    return int(found[1]), int(found[2])
