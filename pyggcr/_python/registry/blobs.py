"""Requests for blobs and uploads, as pkg/registry/blobs.go answers them.

One thing more than there: what an upload has is told (GET), also after a connection broke, so that
it can be gone on with.
"""

from __future__ import annotations

import itertools
import random
import re
import threading
from collections.abc import Iterator
from typing import BinaryIO

from pyggcr._gostd import path
from pyggcr._python.registry.exchange import (
    BLOB_UNKNOWN,
    DIGEST_INVALID,
    METHOD_UNKNOWN,
    Answer,
    Refusal,
    Request,
    internal,
)
from pyggcr._python.registry.storage import Storage
from pyggcr.errors import InvalidHashError, ValidationError
from pyggcr.v1.hash import Hash, new_hash

__all__ = ["Blobs", "is_blob"]

_CHUNK = 1 << 20
_RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{1,19})")
_CONTENT_RANGE = re.compile(r"([0-9]{1,19})-([0-9]{1,19})")


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

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
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

    def _head(self, _: Request, elements: list[str]) -> Answer:
        digest = _digest(elements[-1])
        size = self._storage.size(digest)
        if size is None:
            raise Refusal(*BLOB_UNKNOWN)
        return Answer(200, {"Docker-Content-Digest": str(digest)}, length=size)

    def _get(self, request: Request, elements: list[str]) -> Answer:
        if elements[-2] == "uploads":
            return self._tell(elements)
        digest = _digest(elements[-1])
        size = self._storage.size(digest)
        if size is None:
            raise Refusal(*BLOB_UNKNOWN)
        headers = {"Docker-Content-Digest": str(digest)}
        status, begin, length = 200, 0, size
        if wanted := request.headers.get("range", ""):
            begin, end = _range(wanted, size)
            status, length = 206, end + 1 - begin
            headers["Content-Range"] = f"bytes {begin}-{end}/{size}"
        try:
            blob = self._storage.open(digest)
        except FileNotFoundError:
            raise Refusal(*BLOB_UNKNOWN) from None
        return Answer(status, headers, _read(blob, begin, length), length, blob.close)

    def _post(self, request: Request, elements: list[str]) -> Answer:
        # Go's own text, which names the element before it.
        if elements[-1] != "uploads":
            raise Refusal(
                400,
                "METHOD_UNKNOWN",
                f"POST to /blobs must be followed by /uploads, got {elements[-1]}",
            )
        if text := request.query.get("digest", ""):
            return self._keep(_digest(text), request.body)
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
        upload.add(request.body, begin)
        return Answer(202, _headers_of(elements, upload))

    def _tell(self, elements: list[str]) -> Answer:
        """How much of an upload is there, which Go's registry does not tell."""
        with self._lock:
            upload = self._uploads.get(elements[-1])
        if upload is None:
            raise Refusal(404, "BLOB_UPLOAD_UNKNOWN", "Unknown upload")
        return Answer(204, _headers_of(elements, upload))

    def _put(self, request: Request, elements: list[str]) -> Answer:
        _check_upload("PUT", elements)
        text = request.query.get("digest", "")
        if not text:
            raise Refusal(400, "DIGEST_INVALID", "digest not specified")
        digest = _digest(text)
        with self._lock:
            upload = self._uploads.get(elements[-1])
        so_far = [] if upload is None else upload.pieces
        answer = self._keep(digest, itertools.chain(so_far, request.body))
        with self._lock:
            self._uploads.pop(elements[-1], None)
        return answer

    def _keep(self, digest: Hash, pieces: Iterator[bytes]) -> Answer:
        try:
            self._storage.put(digest, pieces)
        except ValidationError:
            raise Refusal(400, "DIGEST_INVALID", "digest does not match contents") from None
        except OSError as error:
            raise internal(error) from error
        return Answer(201, {"Docker-Content-Digest": str(digest)})

    def _delete(self, _: Request, elements: list[str]) -> Answer:
        try:
            self._storage.delete(_digest(elements[-1]))
        except OSError as error:
            raise internal(error) from error
        return Answer(202)


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


def _range(text: str, size: int) -> tuple[int, int]:
    """First and last position; Go takes no range without an end."""
    found = _RANGE.match(text)
    if found is None or int(found[1]) > int(found[2]) + 1:
        raise Refusal(416, "BLOB_UNKNOWN", "We don't understand your Range")
    begin, end = int(found[1]), int(found[2])
    if end + 1 > size:
        raise Refusal(416, "BLOB_UNKNOWN", f"range end {end + 1} > {size} size")
    return begin, end


def _read(blob: BinaryIO, begin: int, length: int) -> Iterator[bytes]:
    blob.seek(begin)
    while length > 0 and (piece := blob.read(min(length, _CHUNK))):
        length -= len(piece)
        yield piece
