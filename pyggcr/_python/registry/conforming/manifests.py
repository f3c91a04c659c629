"""Requests for manifests, tags, referrers and the catalog."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping

from pyggcr._python.registry.conforming.files import Files, digest_of, is_tag
from pyggcr._python.registry.exchange import Answer, BodyError, Refusal, Request
from pyggcr.errors import InvalidHashError
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash, hasher, new_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Manifests"]

# The specification wants at least 4 MiB to be taken.
_LARGEST = 4 << 20
_UNKNOWN = (404, "MANIFEST_UNKNOWN", "unknown manifest")
_NAME_UNKNOWN = (404, "NAME_UNKNOWN", "unknown repository")
_INDEX = str(MediaType.OCI_IMAGE_INDEX)
_PAGE = 10_000  # of the catalog and of tags, if nobody says how many


class Manifests:
    """The manifests of a registry."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def answer(self, request: Request, name: str, reference: str) -> Answer:
        """Answer a request for a manifest."""
        self._files.repository(name)
        if request.method == "PUT":
            return self._put(request, name, reference)
        if request.method == "DELETE":
            self._delete(name, reference)
            return Answer(202)
        digest, media_type, manifest = self._find(name, reference)
        headers = {
            "Content-Type": media_type,
            "Docker-Content-Digest": str(digest),
            "ETag": f'"{digest}"',
        }
        return Answer(200, headers, iter((manifest,)), len(manifest))

    def _find(self, name: str, reference: str) -> tuple[Hash, str, bytes]:
        """The digest, media type and bytes of a manifest."""
        if ":" in reference:
            digest: Hash | None = digest_of(reference)
        else:
            digest = self._tagged(name, reference)
        if digest is None:
            raise Refusal(*_UNKNOWN)
        stored = self._files.read(self._files.manifest(name, digest))
        if stored is None:
            raise Refusal(*_UNKNOWN)
        media_type, _, manifest = stored.partition(b"\n")
        if _digest(digest.algorithm, manifest) != digest:
            raise Refusal(500, "MANIFEST_INVALID", "the manifest is damaged on the disk")
        return digest, media_type.decode("latin-1"), manifest

    def _tagged(self, name: str, tag: str) -> Hash | None:
        """The digest that a tag stands for; ``None`` if there is none, or its file is damaged."""
        text = self._files.read(self._files.tag(name, tag)) if is_tag(tag) else None
        try:
            return None if text is None else new_hash(text.decode("ascii", "replace"))
        except InvalidHashError:
            return None

    def _put(self, request: Request, name: str, reference: str) -> Answer:
        manifest = _body(request)
        if ":" in reference:
            digest, tags = digest_of(reference), _values(request, "tag")
            found = _digest(digest.algorithm, manifest)
            if found != digest:
                raise Refusal(400, "DIGEST_INVALID", f"the manifest has the digest {found}")
        else:
            digest, tags = self._digest_for_tag(name, manifest), [reference]
        for tag in tags:
            if not is_tag(tag):
                raise Refusal(400, "MANIFEST_INVALID", "invalid tag")
        document = _parsed(manifest)
        media_type = _media_type(request, document)
        stored = media_type.encode("latin-1", "replace") + b"\n" + manifest
        self._files.write(self._files.manifest(name, digest), stored)
        headers = {
            "Location": f"/v2/{name}/manifests/{reference}",
            "Docker-Content-Digest": str(digest),
        }
        subject = _subject(document)
        if subject is not None:
            entry = _descriptor(document, media_type, digest, len(manifest))
            path = self._files.referrers(name, subject) / f"{digest.algorithm}-{digest.hex}"
            self._files.write(path, json.dumps(entry).encode())
            headers["OCI-Subject"] = str(subject)
        for tag in tags:
            self._files.write(self._files.tag(name, tag), str(digest).encode())
        if ":" in reference and tags:
            headers["OCI-Tag"] = ", ".join(tags)
        return Answer(201, headers)

    def _digest_for_tag(self, name: str, manifest: bytes) -> Hash:
        """SHA-256, unless the same manifest was pushed by its SHA-512 before."""
        other = _digest("sha512", manifest)
        if self._files.manifest(name, other).exists():
            return other
        return _digest("sha256", manifest)

    def _delete(self, name: str, reference: str) -> None:
        if ":" not in reference:
            if not is_tag(reference) or not self._files.remove(self._files.tag(name, reference)):
                raise Refusal(*_UNKNOWN)
            return
        digest = digest_of(reference)
        path = self._files.manifest(name, digest)
        stored = self._files.read(path)
        if stored is None or not self._files.remove(path):
            raise Refusal(*_UNKNOWN)
        for tag in self._files.names(self._files.repository(name) / "_tags"):
            if self._tagged(name, tag) == digest:
                self._files.remove(self._files.tag(name, tag))
        try:
            subject = _subject(_parsed(stored.partition(b"\n")[2]))
        except Refusal:
            return  # damaged
        if subject is not None:
            folder = self._files.referrers(name, subject)
            self._files.remove(folder / f"{digest.algorithm}-{digest.hex}")

    def tags(self, request: Request, name: str) -> Answer:
        """Answer a request for the tags of a repository."""
        if not self._files.exists(name):
            raise Refusal(*_NAME_UNKNOWN)
        names = self._files.names(self._files.repository(name) / "_tags")
        page, link = _page(request, names, f"/v2/{name}/tags/list")
        return _document({"name": name, "tags": page}, link)

    def catalog(self, request: Request) -> Answer:
        """Answer a request for the names of all repositories."""
        page, link = _page(request, list(self._files.all_repositories()), "/v2/_catalog")
        return _document({"repositories": page}, link)

    def referrers(self, request: Request, name: str, text: str) -> Answer:
        """Answer a request for what refers to a manifest, which need not be there itself."""
        folder = self._files.referrers(name, digest_of(text))
        wanted = request.query.get("artifactType", "")
        found = []
        for entry in self._files.names(folder):
            stored = self._files.read(folder / entry)
            descriptor = None if stored is None else json.loads(stored)
            if descriptor is not None and wanted in ("", descriptor.get("artifactType", "")):
                found.append(descriptor)
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": found}
        applied = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
        return _document(index, {"Content-Type": _INDEX, **applied})


def _body(request: Request) -> bytes:
    pieces, size = [], 0
    try:
        for piece in request.body:
            size += len(piece)
            if size > _LARGEST:
                raise Refusal(413, "SIZE_INVALID", f"a manifest may have {_LARGEST} bytes")
            pieces.append(piece)
    except BodyError as error:
        raise Refusal(400, "MANIFEST_INVALID", str(error)) from None
    return b"".join(pieces)


def _parsed(manifest: bytes) -> dict[str, Any]:
    try:
        document = json.loads(manifest)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refusal(400, "MANIFEST_INVALID", "the manifest is no JSON object")
    return document


def _media_type(request: Request, document: Mapping[str, Any]) -> str:
    sent = request.headers.get("content-type", "").partition(";")[0].strip()
    own = document.get("mediaType")
    if own is not None and not isinstance(own, str):
        raise Refusal(400, "MANIFEST_INVALID", "mediaType is no text")
    if sent and own and sent != own:
        raise Refusal(400, "MANIFEST_INVALID", "mediaType and Content-Type differ")
    chosen = sent or own or ""
    if not chosen or not chosen.isprintable() or not chosen.isascii():
        raise Refusal(400, "MANIFEST_INVALID", "there is no media type")
    return chosen


def _subject(document: Mapping[str, Any]) -> Hash | None:
    subject = document.get("subject")
    if subject is None:
        return None
    try:
        return new_hash(subject["digest"])
    except (TypeError, KeyError, AttributeError, InvalidHashError):
        raise Refusal(400, "MANIFEST_INVALID", "the subject is no descriptor") from None


def _descriptor(
    document: Mapping[str, Any], media_type: str, digest: Hash, size: int
) -> dict[str, Any]:
    """How a manifest stands in the list of referrers."""
    entry: dict[str, Any] = {"mediaType": media_type, "size": size, "digest": str(digest)}
    config = document.get("config")
    kind = document.get("artifactType")
    if not kind and isinstance(config, dict):
        kind = config.get("mediaType")
    if isinstance(kind, str) and kind:
        entry["artifactType"] = kind
    annotations = document.get("annotations")
    if isinstance(annotations, dict):
        entry["annotations"] = annotations
    return entry


def _digest(algorithm: str, content: bytes) -> Hash:
    found = hasher(algorithm)
    found.update(content)
    return Hash(algorithm, found.hexdigest())


def _values(request: Request, name: str) -> list[str]:
    """All values of a key of the query, each once."""
    query = request.target.partition("?")[2]
    return list(dict.fromkeys(urllib.parse.parse_qs(query).get(name, ())))


def _page(request: Request, names: list[str], path: str) -> tuple[list[str], dict[str, str]]:
    """The names after ``last``, at most ``n``, and the header that leads to the next ones."""
    last, text = request.query.get("last", ""), request.query.get("n", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refusal(400, "PAGINATION_NUMBER_INVALID", "n is no number")
    count = int(text) if text else _PAGE
    if last:
        names = [name for name in names if name > last]
    page = names[:count]
    if not page or len(page) == len(names):
        return page, {}
    query = urllib.parse.urlencode({"n": count, "last": page[-1]})
    return page, {"Link": f'<{path}?{query}>; rel="next"'}


def _document(value: object, headers: Mapping[str, str]) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Answer(200, {"Content-Type": "application/json", **headers}, iter((body,)), len(body))
