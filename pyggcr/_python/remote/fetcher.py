"""Manifests and blobs of a repository: pkg/v1/remote/fetcher.go."""

from __future__ import annotations

import functools

from pyggcr import name, v1
from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.addresses import check_named
from pyggcr._python.remote.blob import BlobStream, known_size
from pyggcr._python.remote.error_parsing import check_status, status_text
from pyggcr._python.remote.transport import Request
from pyggcr._python.remote.urls import redacted
from pyggcr.errors import Error, TransportError, ValidationError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyggcr._python.remote.session import Session
    from pyggcr._python.remote.transport import Response
    from pyggcr._values.remote import RemoteOptions

__all__ = ["ALL_MANIFESTS", "INDEXES", "MANIFEST_LIMIT", "Fetcher", "artifact_type_of"]

MANIFEST_LIMIT = 100 << 20  # bytes

# In Go's order, which is that of the Accept header.
INDEXES = (MediaType.DOCKER_MANIFEST_LIST, MediaType.OCI_IMAGE_INDEX)
ALL_MANIFESTS = (
    MediaType.DOCKER_MANIFEST_SCHEMA1,
    MediaType.DOCKER_MANIFEST_SCHEMA1_SIGNED,
    MediaType.DOCKER_MANIFEST_SCHEMA2,
    MediaType.OCI_MANIFEST_SCHEMA1,
    *INDEXES,
)


class Fetcher:
    """Reads from one repository (``fetcher``); threads may share it."""

    def __init__(
        self, repository: name.Repository, session: Session, options: RemoteOptions
    ) -> None:
        self.repository = repository
        self.session = session
        self.options = options

    def url(self, resource: str, identifier: str) -> str:
        """The URL of something in the repository."""
        repository = self.repository
        return (
            f"{self.session.scheme}://{repository.registry_str()}/v2/"
            f"{repository.repository_str()}/{resource}/{identifier}"
        )

    def manifest(
        self, reference: name.Reference, acceptable: Sequence[MediaType]
    ) -> tuple[bytes, v1.Descriptor]:
        """A manifest, and what it is (``fetchManifest``).

        Raises:
            TransportError: the registry does not have it, or has another one under its digest.
        """
        request = Request("GET", self.url("manifests", reference.identifier()))
        request.headers["Accept"] = ",".join(acceptable)
        response = self.session.do(request)
        try:
            check_status(response, 200)
            manifest = response.read_all(MANIFEST_LIMIT)
        finally:
            response.close()
        algorithm = "sha256"
        if isinstance(reference, name.Digest):
            algorithm = v1.new_hash(reference.digest_str()).algorithm
        hasher = v1.hasher(algorithm)
        hasher.update(manifest)
        digest = v1.Hash(algorithm, hasher.hexdigest())
        media_type = MediaType(response.header("Content-Type"))
        if media_type == MediaType.DOCKER_MANIFEST_SCHEMA1_SIGNED:
            digest = _header_digest(response) or digest  # old registries hash without signatures
        _check_digest(digest, reference)
        described = v1.Descriptor(media_type=media_type, size=len(manifest), digest=digest)
        described.artifact_type, described.annotations = _describe(manifest)
        return manifest, described

    def head_manifest(self, reference: name.Reference) -> v1.Descriptor:
        """What a manifest is, without fetching it (``headManifest``)."""
        request = Request("HEAD", self.url("manifests", reference.identifier()))
        request.headers["Accept"] = ",".join(ALL_MANIFESTS)
        response = self.session.do(request)
        try:
            check_status(response, 200)
        finally:
            response.close()
        media_type = response.header("Content-Type")
        size = response.length()
        digest = response.header("Docker-Content-Digest")
        for value, header, method in (
            (media_type, "Content-Type", "HEAD"),
            (size, "Content-Length", "GET"),
            (digest, "Docker-Content-Digest", "HEAD"),
        ):
            if value in ("", None):
                raise Error(f"{method} {request.url}: response did not include {header} header")
        parsed = v1.new_hash(digest)
        _check_digest(parsed, reference)
        assert size is not None
        return v1.Descriptor(media_type=MediaType(media_type), size=size, digest=parsed)

    def blob(self, digest: v1.Hash, size: int | None) -> BlobStream:
        """The bytes of a blob, whose size may be known (``fetchBlob``).

        Raises:
            TransportError: the registry does not have it, or it is of another size.
        """
        if size is not None:
            size = known_size(size)
        url = self.url("blobs", str(digest))
        response = self.session.do(Request("GET", url))
        check_status(response, 200)
        length = response.length()
        if length is not None and size is not None and length != size:
            response.close()
            raise TransportError(
                f"GET {redacted(url)}: Content-Length header {length} does not match expected "
                f"size {size}"
            )
        known = size if size is not None else length
        reopen = functools.partial(_reopen, url, self.session.do)
        return BlobStream(response, known, digest, reopen, self.options.retry)

    def foreign_blob(self, url: str, digest: v1.Hash, size: int) -> BlobStream:
        """The bytes of a blob that another server has (``fetchForeignBlobURL``).

        Raises:
            TransportError: that server cannot be reached.
            Error: it does not have the blob.
        """
        response = self._ask_foreign(Request("GET", url))
        if response.status != 200:
            response.close()
            status = f"{response.status} {status_text(response.status)}"
            raise Error(f"GET {redacted(url)}: unexpected status {status}")
        reopen = functools.partial(_reopen, url, self._ask_foreign)
        return BlobStream(response, size, digest, reopen, self.options.retry)

    def check_foreign(self, url: str) -> None:
        """Refuse a URL of a layer that must not be followed (``validateForeignURL``)."""
        check_named("foreign layer URL", url, insecure=self.repository.scheme() == "http")

    def _ask_foreign(self, request: Request) -> Response:
        return self.session.do(request, lambda _, target: self.check_foreign(target))

    def head_blob(self, digest: v1.Hash) -> int:
        """Size of a blob in bytes, -1 if the registry does not tell it (``headBlob``)."""
        response = self.session.do(Request("HEAD", self.url("blobs", str(digest))))
        try:
            check_status(response, 200)
        finally:
            response.close()
        length = response.length()
        return -1 if length is None else length

    def blob_exists(self, digest: v1.Hash) -> bool:
        """Whether the repository has the blob (``blobExists``)."""
        response = self.session.do(Request("HEAD", self.url("blobs", str(digest))))
        try:
            check_status(response, 200, 404)
        finally:
            response.close()
        return response.status == 200


def _reopen(url: str, ask: Callable[[Request], Response], start: int) -> Response:
    response = ask(Request("GET", url, {"Range": f"bytes={start}-"}))
    check_status(response, 200, 206)
    return response


def _header_digest(response: Response) -> v1.Hash | None:
    try:
        return v1.new_hash(response.header("Docker-Content-Digest"))
    except Error:
        return None


def _check_digest(digest: v1.Hash, reference: name.Reference) -> None:
    if isinstance(reference, name.Digest) and str(digest) != reference.digest_str():
        raise ValidationError(
            f"manifest digest: {quote(str(digest))} does not match requested digest: "
            f"{quote(reference.digest_str())} for {quote(str(reference))}"
        )


def _describe(manifest: bytes) -> tuple[str, dict[str, str] | None]:
    try:
        parsed = v1.parse_manifest(manifest)
    except Error:
        return "", None  # it need not be an image's
    return parsed.artifact_type or str(parsed.config.media_type), parsed.annotations


def artifact_type_of(manifest: bytes) -> str:
    """The artifact type of a manifest, empty if it is none."""
    return _describe(manifest)[0]
