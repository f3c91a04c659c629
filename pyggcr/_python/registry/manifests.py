"""Requests for manifests, tags, the catalog and referrers, as pkg/registry/manifest.go answers.

Paging is Go's too: there are no links to a next page, and the catalog starts at its beginning.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Callable

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd.json import STRING, Field, Pointer, Struct, decode, marshal
from pyggcr._gostd.strconv import quote
from pyggcr._python.registry.exchange import (
    METHOD_UNKNOWN,
    Answer,
    BodyError,
    Refusal,
    Request,
)
from pyggcr.errors import Error, InvalidHashError
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash, new_hash
from pyggcr.v1.kinds import STRING_MAP
from pyggcr.v1.manifest import DESCRIPTOR, Descriptor, IndexManifest, parse_index_manifest

__all__ = ["Manifests"]

_NAME_UNKNOWN = (404, "NAME_UNKNOWN", "Unknown name")
_MANIFEST_UNKNOWN = (404, "MANIFEST_UNKNOWN", "Unknown manifest")
_CATALOG_SIZE = 10000
_ATOI = re.compile(r"[+-]?[0-9]{1,19}")
_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(slots=True)
class _Config:
    media_type: str = ""


@dataclass(slots=True)
class _Referring:
    """What of a manifest says that it refers to another one."""

    subject: Descriptor | None = None
    config: _Config = field(default_factory=_Config)
    annotations: dict[str, str] | None = None


_REFERRING = Struct(
    "registry.referring",
    _Referring,
    Field("subject", "subject", Pointer(DESCRIPTOR)),
    Field(
        "config",
        "config",
        Struct("registry.config", _Config, Field("media_type", "mediaType", STRING)),
    ),
    Field("annotations", "annotations", STRING_MAP),
)


@dataclass(frozen=True, slots=True)
class _Manifest:
    content_type: str
    blob: bytes
    digest: Hash


class Manifests:
    """The manifests of a registry: by repository, and there by tag and by digest."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._repositories: dict[str, dict[str, _Manifest]] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Answer a request for a manifest (``manifests.handle``)."""
        *_, target = elements = request.elements()
        repository = "/".join(elements[1:-2])
        if request.method == "PUT":
            return self._put(request, repository, target)
        with self._lock:
            if request.method in ("GET", "HEAD"):
                return self._get(repository, target)
            if request.method == "DELETE":
                self._find(repository, target)
                del self._repositories[repository][target]
                return Answer(202)
        raise Refusal(*METHOD_UNKNOWN)

    def _find(self, repository: str, target: str) -> _Manifest:
        known = self._repositories.get(repository)
        if known is None:
            raise Refusal(*_NAME_UNKNOWN)
        if target not in known:
            raise Refusal(*_MANIFEST_UNKNOWN)
        return known[target]

    def _get(self, repository: str, target: str) -> Answer:
        found = self._find(repository, target)
        headers = {"Docker-Content-Digest": str(found.digest), "Content-Type": found.content_type}
        return Answer(200, headers, iter((found.blob,)), len(found.blob))

    def _put(self, request: Request, repository: str, target: str) -> Answer:
        pieces: list[bytes] = []
        with contextlib.suppress(BodyError):  # Go takes what has come for all
            pieces.extend(request.body)
        blob = b"".join(pieces)
        made = _Manifest(request.headers.get("content-type", ""), blob, _sha256(blob))
        with self._lock:
            known = self._repositories.get(repository, {})
            if MediaType(made.content_type).is_index():
                self._check_parts(blob, known)
            self._repositories[repository] = known
            known[str(made.digest)] = made
            known[target] = made
        return Answer(201, {"Docker-Content-Digest": str(made.digest)})

    def _check_parts(self, blob: bytes, known: dict[str, _Manifest]) -> None:
        """That the manifests of an index are there already, as some registries insist."""
        try:
            index = parse_index_manifest(blob)
        except Error as error:
            raise Refusal(400, "MANIFEST_INVALID", str(error)) from None
        for part in index.manifests or ():
            digest = quote(str(part.digest))
            if not part.media_type.is_distributable():
                continue
            if not (part.media_type.is_index() or part.media_type.is_image()):
                self._log(f"TODO: Check blobs for {digest}")
            elif str(part.digest) not in known:
                raise Refusal(404, "MANIFEST_UNKNOWN", f"Sub-manifest {digest} not found")

    def tags(self, request: Request) -> Answer:
        """Answer a request for the tags of a repository (``manifests.handleTags``)."""
        if request.method != "GET":
            raise Refusal(*METHOD_UNKNOWN)
        repository = "/".join(request.elements()[1:-2])
        with self._lock:
            known = self._repositories.get(repository)
            if known is None:
                raise Refusal(*_NAME_UNKNOWN)
            tags = sorted(target for target in known if "sha256:" not in target)
        if last := request.query.get("last", ""):
            # After the last tag of all Go begins anew.
            tags = [tag for tag in tags if tag > last] or tags
        if text := request.query.get("n", ""):
            tags = tags[: _atoi(text)]
        return _document({"name": repository, "tags": tags or None})

    def catalog(self, request: Request) -> Answer:
        """Answer a request for the names of all repositories (``manifests.handleCatalog``)."""
        if request.method != "GET":
            raise Refusal(*METHOD_UNKNOWN)
        text = request.query.get("n", "")
        # What is no number is 0.
        size = (_atoi(text) if _ATOI.fullmatch(text) else 0) if text else _CATALOG_SIZE
        with self._lock:
            names = list(self._repositories)[:size]
        return _document({"repositories": names or None})

    def referrers(self, request: Request) -> Answer:
        """Answer a request for what refers to a manifest (``manifests.handleReferrers``)."""
        if request.method != "GET":
            raise Refusal(*METHOD_UNKNOWN)
        *_, target = elements = request.elements()
        try:
            new_hash(target)
        except InvalidHashError:
            raise Refusal(400, "UNSUPPORTED", "Target must be a valid digest") from None
        with self._lock:
            known = self._repositories.get("/".join(elements[1:-2]))
            if known is None:
                raise Refusal(*_NAME_UNKNOWN)
            manifests = [it for name, it in known.items() if name == str(it.digest)]
        index = IndexManifest(
            schema_version=2,
            media_type=MediaType.OCI_IMAGE_INDEX,
            manifests=[found for it in manifests if (found := _referring(it, target))],
        )
        body = marshal(index)
        headers = {"Content-Type": str(MediaType.OCI_IMAGE_INDEX)}
        return Answer(200, headers, iter((body,)), len(body))


def _atoi(text: str) -> int:
    """The number, 0 instead of a negative one (``strconv.Atoi``)."""
    if _ATOI.fullmatch(text):
        return max(int(text), 0)
    fault = "value out of range" if _INTEGER.fullmatch(text) else "invalid syntax"
    raise Refusal(400, "BAD_REQUEST", f"parsing n: strconv.Atoi: parsing {quote(text)}: {fault}")


def _sha256(blob: bytes) -> Hash:
    return Hash("sha256", hashlib.sha256(blob).hexdigest())


def _referring(manifest: _Manifest, target: str) -> Descriptor | None:
    """The entry for a manifest that refers to the target."""
    try:
        document = decode(manifest.blob, _REFERRING)
    except Error:
        return None
    if document.subject is None or str(document.subject.digest) != target:
        return None
    return Descriptor(
        media_type=MediaType(manifest.content_type),
        size=len(manifest.blob),
        digest=manifest.digest,
        artifact_type=document.config.media_type,
        annotations=document.annotations,
    )


def _document(value: dict[str, object]) -> Answer:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Answer(200, {"Content-Type": "text/plain; charset=utf-8"}, iter((body,)), len(body))
