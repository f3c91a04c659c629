"""Requests for blobs and uploads (sections Pulling blobs, Pushing blobs, Deleting blobs)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from pyggcr._python.registry.conforming.files import Files, digest_of
from pyggcr._python.registry.conforming.uploads import Upload, Uploads
from pyggcr._python.registry.exchange import Answer, Refusal, Request, pieces_of
from pyggcr.v1.hash import Hash, hasher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


__all__ = ["Blobs"]

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_CONTENT_RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_UNKNOWN = (404, "BLOB_UNKNOWN", "unknown blob")


class Blobs:
    """The blobs of a registry."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._uploads = Uploads(files)

    def answer(self, request: Request, name: str, text: str) -> Answer:
        """Answer a request for a blob."""
        digest = digest_of(text)
        path = self._files.blob(name, digest)
        if request.method == "DELETE":
            if not self._files.unlink(name, digest):
                raise Refusal(*_UNKNOWN)
            return Answer(202)
        try:
            blob = path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise Refusal(*_UNKNOWN) from None
        size = os.fstat(blob.fileno()).st_size
        headers = {
            "Content-Type": "application/octet-stream",
            "Docker-Content-Digest": str(digest),
            "Accept-Ranges": "bytes",
            "ETag": f'"{digest}"',
        }
        try:
            part = _range(request.headers.get("range", ""), size)
        except BaseException:
            blob.close()
            raise
        if part is None:
            return Answer(200, headers, _checked(blob, size, digest), size, blob.close)
        begin, end = part
        headers["Content-Range"] = f"bytes {begin}-{end}/{size}"
        blob.seek(begin)
        length = end + 1 - begin
        return Answer(206, headers, pieces_of(blob, length), length, blob.close)

    def post(self, request: Request, name: str) -> Answer:
        """Begin an upload, or take or mount a whole blob."""
        self._files.repository(name)
        query = request.query
        if (mount := query.get("mount", "")) and self._mount(name, mount, query.get("from", "")):
            return _created(name, mount)
        digest = digest_of(query["digest"]) if query.get("digest") else None
        upload = self._uploads.begin(name)
        if digest is None:
            return Answer(202, _state_of(name, upload))
        return self._finish(request, name, upload, digest)

    def _mount(self, name: str, text: str, source: str) -> bool:
        """Whether a blob of another repository, or of any, was mounted."""
        digest = digest_of(text)
        if source:
            try:
                if not self._files.blob(source, digest).exists():
                    return False
            except Refusal:
                return False  # is no name, so there is nothing to mount
        return self._files.link(name, digest)

    def upload(self, request: Request, name: str, identifier: str) -> Answer:
        """Answer a request for an upload."""
        upload = self._uploads.find(name, identifier)
        if request.method == "GET":
            return Answer(204, _state_of(name, upload))
        if request.method == "DELETE":
            upload.cancel()
            self._uploads.forget(upload)
            return Answer(204)
        if request.method == "PATCH":
            self._append(request, name, upload)
            return Answer(202, _state_of(name, upload))
        if not request.query.get("digest"):
            raise Refusal(400, "DIGEST_INVALID", "the query has no digest")
        return self._finish(request, name, upload, digest_of(request.query["digest"]))

    def _finish(self, request: Request, name: str, upload: Upload, digest: Hash) -> Answer:
        self._append(request, name, upload)
        try:
            upload.finish(name, digest)
        finally:
            self._uploads.forget(upload)
        return _created(name, str(digest))

    def _append(self, request: Request, name: str, upload: Upload) -> None:
        try:
            upload.append(request.body, _begin_of(request))
        except Refusal as refusal:
            if refusal.status == 416:
                refusal.headers = _state_of(name, upload)
            raise


def _created(name: str, digest: str) -> Answer:
    return Answer(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})


def _state_of(name: str, upload: Upload) -> dict[str, str]:
    """Where an upload goes on; an empty one has 0-0 as in docker's registry, which clients know."""
    return {
        "Location": f"/v2/{name}/blobs/uploads/{upload.identifier}",
        "Range": f"0-{max(upload.size - 1, 0)}",
        "Docker-Upload-UUID": upload.identifier,
    }


def _begin_of(request: Request) -> int | None:
    """Where the bytes of a request belong, if it says so."""
    text = request.headers.get("content-range", "")
    if not text:
        return None
    found = _CONTENT_RANGE.fullmatch(text.removeprefix("bytes ").partition("/")[0].strip())
    if found is None:
        raise Refusal(416, "BLOB_UPLOAD_INVALID", "malformed Content-Range")
    begin, end = int(found[1]), int(found[2])
    if request.length >= 0 and end + 1 - begin != request.length:
        raise Refusal(400, "SIZE_INVALID", "Content-Range and Content-Length differ")
    return begin


def _range(text: str, size: int) -> tuple[int, int] | None:
    """First and last position of a range; ``None`` for everything (RFC 9110, section 14)."""
    found = _RANGE.fullmatch(text.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return None  # several ranges, or another unit: allowed to be ignored
    if found[1]:
        begin = int(found[1])
        end = min(int(found[2]), size - 1) if found[2] else size - 1
    else:
        begin, end = max(size - int(found[2]), 0), size - 1
    if begin > end:
        raise Refusal(
            416,
            "BLOB_UNKNOWN",
            "the range is not satisfiable",
            {"Content-Range": f"bytes */{size}"},
        )
    return begin, end


def _checked(blob: BinaryIO, size: int, digest: Hash) -> Iterator[bytes]:
    """The bytes of a blob, the last ones only if they all have the digest: disks do fail."""
    found = hasher(digest.algorithm)
    waiting = b""
    for piece in pieces_of(blob, size):
        found.update(piece)
        if waiting:
            yield waiting
        waiting = piece
    if found.hexdigest() != digest.hex:
        raise OSError(f"the content of {digest} is damaged")
    if waiting:
        yield waiting
