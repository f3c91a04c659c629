"""Uploads to one repository: pkg/v1/remote/write.go.

A blob that comes from another repository of the same registry is mounted
(docs/decisions/0023-mounts-first.md). Others are asked for, and sent if they are not there. A layer
that is not compressed yet is compressed, hashed and sent in one pass, so its digest is known only
when it is there. What fails on the way begins anew, or goes on where it broke if the registry can
(``upload``).
"""

from __future__ import annotations

import functools
import io
import threading

from pyggcr import name, v1
from pyggcr._gostd import json
from pyggcr._layers.core import origin_of
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._os.logs import Log
from pyggcr._python.remote.error_parsing import check_status, wait_after
from pyggcr._python.remote.fetcher import MANIFEST_LIMIT
from pyggcr._python.remote.referrer_index import fallback_tag, no_referrers
from pyggcr._python.remote.retry import Patience, retrying
from pyggcr._python.remote.session import open_session
from pyggcr._python.remote.shared_tasks import SharedTasks
from pyggcr._python.remote.subject import Subject, parse_subject
from pyggcr._python.remote.transport import Body, Request
from pyggcr._python.remote.upload import Upload, is_unread_stream, next_location
from pyggcr._python.remote.urls import encode_query
from pyggcr._values.transport import PULL_SCOPE, PUSH_SCOPE
from pyggcr.errors import CancelledError, Error, TransportError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, TypeGuard

    from pyggcr._layers.worker_pool import WorkerPool
    from pyggcr._python.remote.ping import Greetings
    from pyggcr._python.remote.session import Session
    from pyggcr._python.remote.transport import Response
    from pyggcr._values.authn import Authenticator
    from pyggcr._values.remote import RemoteOptions

__all__ = ["Writer"]

_CREATED = 201

_log = Log(__name__)


class Writer:
    """Writes to one repository; threads may share it (``writer`` and ``repoWriter``)."""

    def __init__(
        self,
        repository: name.Repository,
        auth: Authenticator,
        greetings: Greetings,
        options: RemoteOptions,
        origin: name.Repository | None = None,
    ) -> None:
        """Ask for the right to push, and that to mount from there at once, if it is granted.

        Raises:
            TransportError: the registry cannot be reached, or refuses.
        """
        self.repository = repository
        self.tasks = SharedTasks()
        self._auth = auth
        self._greetings = greetings
        self._options = options
        self._lock = threading.Lock()
        self._mounts_first = True
        self._scopes = [repository.scope(PUSH_SCOPE)]
        self.session = self._open_for_mounts(origin) or self._open(self._scopes)

    def _open(self, scopes: list[str]) -> Session:
        return open_session(self.repository.registry, self._auth, self._greetings, scopes)

    def _open_for_mounts(self, origin: name.Repository | None) -> Session | None:
        if origin is None or not self._is_beside(origin):
            return None
        self._greetings.greet(origin.registry)
        scopes = [*self._scopes, origin.scope(PULL_SCOPE)]
        try:
            session = self._open(scopes)
        except TransportError as error:
            if not error.status:
                raise
            return None  # the right to push alone may be granted
        self._scopes = scopes
        return session

    def _url(self, path: str) -> str:
        host = self.repository.registry_str()
        return f"{self.session.scheme}://{host}/v2/{self.repository.repository_str()}/{path}"

    def upload(self, layer: v1.Layer, pool: WorkerPool) -> None:
        """Write a blob, unless it is there (``writeLayer``).

        Raises:
            TransportError: the registry refuses, or the connection broke again and again.
            Error: what the layer raises.
        """
        distributable = layer.media_type().is_distributable()
        if not distributable and not self._options.allow_nondistributable_artifacts:
            return
        transfer = functools.partial(self._transfer, layer, pool)
        if _is_to_be_compressed(layer) and not layer.look_up():
            self.tasks.do(layer.memo, transfer)
            self.tasks.note(layer.digest())
        elif is_unread_stream(layer):
            self.tasks.do(layer, transfer)
            self.tasks.note(layer.digest())
        else:
            self.tasks.do(layer.digest(), transfer)

    def _transfer(self, layer: v1.Layer, pool: WorkerPool) -> None:
        """Upload a layer; what breaks is gone on with, or begun anew (``uploadOne``)."""
        patience = Patience(self._options.retry)
        upload: Upload | None = None
        while True:
            try:
                upload = upload or self._begin(layer, pool)
                if upload is not None:
                    _log.info("pushed blob: %s", upload.finish())
                return
            except Error as error:
                failure, least = error, self._wait_after(error)
                if least is None:
                    answered = isinstance(error, TransportError) and error.status
                    if upload is None or not upload.resumed or not answered:
                        raise
                    upload.give_up()
                    upload, least = None, 0.0  # what cannot be gone on with may begin anew
            patience.wait(failure, least)
            gained = -1 if upload is None else upload.look()
            if upload is not None and gained < 0:
                upload.give_up()
                upload = None
            elif gained > 0:
                patience.renew()

    def _wait_after(self, error: BaseException) -> float | None:
        return wait_after(error, self._options.retry_predicate)

    def _begin(self, layer: v1.Layer, pool: WorkerPool) -> Upload | None:
        """Begin to upload, unless the blob is there or can be mounted."""
        begin: Callable[[], Response] = self._post
        if not _is_to_be_compressed(layer) and not is_unread_stream(layer):
            digest, origin = layer.digest(), origin_of(layer)
            if origin is not None and self._mounts_first and self._is_beside(origin):
                go_on = self._mount_first(origin, digest)
                if go_on is None:
                    return None
                begin = go_on
            elif origin is not None:
                begin = functools.partial(self._mount, origin, digest)
            if self._has_blob(digest):
                _log.info("existing blob: %s", digest)
                return None
        response = begin()
        if response.status == _CREATED:
            _log.info("mounted blob: %s", layer.digest())
            return None
        return Upload(self.session, next_location(response), layer, pool)

    def _is_beside(self, origin: name.Repository) -> bool:
        """Whether it is another repository of the same registry."""
        return origin != self.repository and origin.registry == self.repository.registry

    def _mount_first(
        self, origin: name.Repository, digest: v1.Hash
    ) -> Callable[[], Response] | None:
        """Mount a blob; else how to begin its upload, unless the repository has it.

        Go asks for the blob before. Mounting is one request instead of two, also where the
        repository has the blob. Once it fails, blobs are asked for first, as in Go.
        """
        try:
            self._allow_pull(origin)
        except CancelledError:
            raise
        except Error as error:
            self._mounts_first = False
            return functools.partial(_fail, error)
        try:
            response = self._post(_mount_query(self.repository, origin, digest))
        except TransportError as error:
            self._mounts_first = False
            return functools.partial(self._post_after, error)
        if response.status == _CREATED:
            _log.info("mounted blob: %s", digest)
            return None
        self._mounts_first = False
        return lambda: response

    def _has_blob(self, digest: v1.Hash) -> bool:
        """Whether the blob is there (``checkExistingBlob``)."""
        request = Request("HEAD", self._url(f"blobs/{digest}"), once=True)
        response = self.session.do(request)
        check_status(response, 200, 404)
        response.drain()
        return response.status == 200

    def _allow_pull(self, origin: name.Repository) -> None:
        """Get a token that may read there too, for mounting (``maybeUpdateScopes``)."""
        if origin == self.repository or origin.registry != self.repository.registry:
            return
        scope = origin.scope(PULL_SCOPE)
        with self._lock:
            if scope not in self._scopes:
                self._scopes.append(scope)
                self.session = self._open(self._scopes)

    def _mount(self, origin: name.Repository, digest: v1.Hash) -> Response:
        """Mount a blob, or begin its upload (``initiateUpload``)."""
        self._allow_pull(origin)
        query = _mount_query(self.repository, origin, digest)
        try:
            return self._post(query)
        except TransportError as error:
            if not query:
                raise
            return self._post_after(error)

    def _post_after(self, error: TransportError) -> Response:
        """Begin an upload, because the blob cannot be mounted."""
        # Some registries refuse, others do not know how (issues 1404 and 1679).
        _log.warning("retrying without mount: %s", error.message)
        return self._post()

    def _post(self, query: str = "") -> Response:
        """Begin an upload, or mount a blob if the query says which."""
        url = self._url("blobs/uploads/")
        request = Request("POST", f"{url}?{query}" if query else url, once=True)
        request.headers["Content-Type"] = "application/json"
        response = self.session.do(request)
        check_status(response, _CREATED, 202)
        response.drain()
        return response

    def commit_manifest(self, reference: name.Reference, raw: bytes, media_type: MediaType) -> None:
        """Write a manifest; all that it refers to is there (``commitManifest``).

        Raises:
            JSONError: it is no JSON object.
            TransportError: the registry refuses.
        """
        subject = parse_subject(raw)
        put = functools.partial(self._put_manifest, reference, raw, media_type, subject)
        retrying(put, self._options.retry, self._wait_after)

    def _put_manifest(
        self, reference: name.Reference, raw: bytes, media_type: MediaType, subject: Subject
    ) -> None:
        request = Request(
            "PUT",
            self._url(f"manifests/{reference.identifier()}"),
            {"Content-Type": media_type},
            Body(lambda: [raw], len(raw)),
            once=True,
        )
        response = self.session.do(request)
        check_status(response, 200, 201, 202)
        response.drain()
        if subject.of is not None:
            self._tell_subject(reference.context().digest(str(subject.of.digest)), subject, raw)
        digest = v1.sha256(io.BytesIO(raw))[0]
        _log.info("%s: digest: %s size: %d", reference, digest, len(raw))

    def _tell_subject(self, of: name.Digest, subject: Subject, raw: bytes) -> None:
        """Keep the list of referrers where the registry does not (``commitSubjectReferrers``)."""
        response = self._ask(f"referrers/{of.digest_str()}")
        check_status(response, 200, 404, 400)
        response.drain()
        if response.status == 200:
            return
        if not self._options.referrers_tag_fallback:
            raise Error(
                f"registry {self.repository.registry_str()} does not support the Referrers API "
                "and the referrers tag fallback is disabled"
            )
        tag = fallback_tag(of)
        response = self._ask(f"manifests/{tag.identifier()}")
        check_status(response, 200, 404)
        index = no_referrers()
        try:
            if response.status == 200:
                index = v1.parse_index_manifest(response.read_all(MANIFEST_LIMIT))
                _check_fallback(index)
        finally:
            response.drain()
        digest, size = v1.sha256(io.BytesIO(raw))
        entries = list(index.manifests or ())
        if any(entry.digest == digest for entry in entries):
            return
        entries.append(subject.referrer(digest, size))
        index.manifests = sorted(entries, key=lambda entry: str(entry.digest))
        self.commit_manifest(tag, json.marshal(index), MediaType.OCI_IMAGE_INDEX)

    def _ask(self, path: str) -> Response:
        headers = {"Accept": str(MediaType.OCI_IMAGE_INDEX)}
        return self.session.do(Request("GET", self._url(path), headers, once=True))

    def check_permission(self) -> None:
        """Begin an upload, and take that back (``CheckPushPermission``).

        Raises:
            TransportError: the registry refuses.
        """
        response = self._post()
        if response.status == _CREATED:
            return
        location = next_location(response)
        try:
            self.session.do(Request("DELETE", location, once=True)).drain()
        except TransportError as error:
            _log.debug("the upload that was begun is left to the registry: %s", error.message)


def _mount_query(repository: name.Repository, origin: name.Repository, digest: v1.Hash) -> str:
    hub = repository.registry_str() == name.DEFAULT_REGISTRY
    if hub and origin.registry_str() != name.DEFAULT_REGISTRY:
        return ""  # Docker Hub breaks (issue 1741)
    before, after = _around_mount(origin.repository_str(), origin.registry_str())
    return f"{before}&{encode_query([('mount', str(digest))])}&{after}"


@functools.lru_cache(16)
def _around_mount(repository: str, registry: str) -> tuple[str, str]:
    """What is the same in the query of each blob, in Go's order: by name."""
    return encode_query([("from", repository)]), encode_query([("origin", registry)])


def _fail(error: Error) -> NoReturn:
    raise error


def _is_to_be_compressed(layer: v1.Layer) -> TypeGuard[UncompressedLayer]:
    """Whether nobody knows its digest before it was sent."""
    return isinstance(layer, UncompressedLayer) and not layer.is_compressed()


def _check_fallback(index: v1.IndexManifest) -> None:
    if index.schema_version != 2:
        raise Error(f"fallback tag manifest is not a schema version 2: {index.schema_version}")
    if index.media_type != MediaType.OCI_IMAGE_INDEX:
        raise Error(f"fallback tag manifest is not an OCI image index: {index.media_type}")
