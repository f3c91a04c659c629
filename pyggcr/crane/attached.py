"""Find what is attached to an image: referrers, and tags made of digests.

Signatures, attestations and SBOMs are attached to a manifest in two ways. Their manifest may name
it as its subject, and registries list those (OCI distribution-spec 1.1, "Listing Referrers"; a tag
stands in where a registry has no such list). Before that, cosign made tags of digests, such as
``sha256-….sig``. Either may belong to the index, to one of its images, or to something that is
attached itself. Go has no function for this (go-containerregistry issue 1767).
"""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections import deque

from pyggcr import limits, name, remote, v1
from pyggcr._dataclasses import dataclass
from pyggcr._os.logs import Log
from pyggcr.errors import Error, TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr.remote.options import CallOptions

__all__ = ["Attached", "Attachments", "Target", "put_referrer", "subject_of"]

# A registry could go on for ever.
_MOST = 10_000

_DIGEST_TAG = re.compile(r"([a-z0-9]+)-([0-9a-f]{64}|[0-9a-f]{128})\.[\w.-]+", re.ASCII)

# How often a list of referrers is corrected that others wrote meanwhile, and after how long.
_TRIES = 5
_PAUSE = 0.05  # seconds, and each time as much more

_TICK = 0.1  # seconds between looks at the limits of the call

_log = Log(__name__)
_locks: weakref.WeakValueDictionary[str, threading.Lock] = weakref.WeakValueDictionary()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Attached:
    """A manifest that is attached to another one.

    Attributes:
        subject: the digest of the other manifest.
        descriptor: the attached manifest, as the list of referrers or the registry describes it.
        depth: 0 if it is attached to the image or index that was asked about, or to an image of the
            index; one more for each further step.
        tag: the tag made of the subject's digest; empty for a referrer.
    """

    subject: v1.Hash
    descriptor: v1.Descriptor
    depth: int
    tag: str = ""


class Attachments:
    """Finds what is attached to manifests of a repository, each manifest once."""

    def __init__(
        self,
        puller: remote.Puller,
        repository: name.Repository,
        options: CallOptions,
        *,
        referrers: bool,
        digest_tags: bool,
    ) -> None:
        """Choose where to look, and for what.

        Args:
            puller: reads from the registry.
            repository: the repository of the manifests.
            options: the limits of each call.
            referrers: whether to look for manifests that name a subject.
            digest_tags: whether to look for tags made of digests.
        """
        self._puller = puller
        self._repository = repository
        self._options = options
        self._referrers = referrers
        self._digest_tags = digest_tags
        self._tags: dict[str, list[str]] | None = None
        self._subjects: set[v1.Hash] = set()
        self._found: set[tuple[v1.Hash, str]] = set()

    def of(self, described: v1.Descriptor, manifest: bytes) -> Iterator[Attached]:
        """Find everything attached to a manifest, to what it lists, and to what is found.

        Args:
            described: the descriptor of the manifest.
            manifest: its bytes.

        Yields:
            Attached manifests.

        Raises:
            Error: there are unreasonably many.
            TransportError: the registry refused a request, or could not be reached.
        """
        waiting = deque((digest, 0) for digest in self._parts(described, manifest))
        while waiting:
            subject, depth = waiting.popleft()
            for found in self._attached_to(subject, depth):
                if (found.descriptor.digest, found.tag) in self._found:
                    continue
                self._found.add((found.descriptor.digest, found.tag))
                if len(self._found) > _MOST:
                    raise Error(f"more than {_MOST} manifests are attached to {subject}")
                yield found
                for digest in self._parts(found.descriptor, None):
                    waiting.append((digest, depth + 1))

    def to(self, subject: v1.Hash) -> Iterator[Attached]:
        """Find what is attached directly to one manifest.

        Args:
            subject: the digest of the manifest.

        Returns:
            Attached manifests.

        Raises:
            TransportError: the registry refused a request, or could not be reached.
        """
        return self._attached_to(subject, 0)

    def _parts(self, described: v1.Descriptor, manifest: bytes | None) -> Iterator[v1.Hash]:
        """The digest of a manifest and, if it is an index, those of what it lists."""
        waiting = [(described, manifest)]
        while waiting:
            entry, raw = waiting.pop()
            if entry.digest in self._subjects:
                continue
            if len(self._subjects) > _MOST:
                raise Error(f"{described.digest} lists more than {_MOST} manifests")
            self._subjects.add(entry.digest)
            yield entry.digest
            if entry.media_type.is_index():
                listed = (
                    v1.parse_index_manifest(raw or self.get(entry.digest).manifest).manifests or []
                )
                waiting += [(it, None) for it in reversed(listed)]

    def get(self, digest: v1.Hash) -> remote.RemoteDescriptor:
        """Fetch a manifest of the repository.

        Args:
            digest: its digest.

        Returns:
            The manifest with its descriptor.

        Raises:
            TransportError: the registry refused the request, or could not be reached.
        """
        return self._puller.get(self._repository.digest(str(digest)), **self._options)

    def _attached_to(self, subject: v1.Hash, depth: int) -> Iterator[Attached]:
        if self._referrers:
            reference = self._repository.digest(str(subject))
            with self._puller.referrers(reference, **self._options) as index:
                listed = index.index_manifest().manifests or []
            for descriptor in listed:
                yield Attached(subject, descriptor, depth)
        if self._digest_tags:
            for tag in self._tags_of(subject):
                found = self._puller.get(self._repository.tag(tag), **self._options)
                yield Attached(subject, found.descriptor, depth, tag)

    def _tags_of(self, subject: v1.Hash) -> list[str]:
        if self._tags is None:
            self._tags = {}
            for tag in self._puller.list_tags(self._repository, **self._options):
                if match := _DIGEST_TAG.fullmatch(tag):
                    self._tags.setdefault(f"{match[1]}:{match[2]}", []).append(tag)
        return self._tags.get(str(subject), [])


@dataclass(frozen=True, slots=True)
class Target:
    """A registry to push referrers to.

    Attributes:
        connection: the options of the connection.
        puller: reads the lists of the registry.
        pusher: writes, and remembers which blobs it has sent.
        limits: the limits of each call.
    """

    connection: remote.ConnectionOptions
    puller: remote.Puller
    pusher: remote.Pusher
    limits: CallOptions


def put_referrer(
    target: Target, subject: name.Digest, reference: name.Digest, source: remote.Source
) -> None:
    """Push a manifest with a subject, and make sure that it is listed as a referrer.

    Where the registry keeps no list, one is kept under a tag, which every client reads, changes and
    writes. No request does that in one step, so clients that write at the same time may lose an
    entry. Therefore the list is read again, and lost entries are added again.

    Args:
        target: the registry.
        subject: the manifest that is referred to.
        reference: the repository and the digest of the manifest to push.
        source: the content to push, including blobs that the registry lacks.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        Error: the entry is lost again and again, or the content cannot be read.
    """
    with _lock:
        own = _locks.setdefault(subject.name(), threading.Lock())
    while not own.acquire(timeout=_TICK):
        limits.current().check()
    try:
        _put_referrer(target, subject, reference, source)
    finally:
        own.release()


def _put_referrer(
    target: Target, subject: name.Digest, reference: name.Digest, source: remote.Source
) -> None:
    before = _listed(target, subject)
    target.pusher.push(reference, source, **target.limits)
    wanted = {*before, reference.digest_str()}
    for attempt in range(_TRIES):
        missing = wanted - _listed(target, subject)
        if not missing:
            return
        limits.current().check()
        time.sleep(_PAUSE * attempt)
        # Another pusher: one remembers what it has sent.
        with remote.Pusher(**target.connection) as pusher:
            for digest in sorted(missing):
                _put_again(target, pusher, reference.context().digest(digest))
    _log.warning("%s is not listed as a referrer of %s yet", reference, subject)


def _put_again(target: Target, pusher: remote.Pusher, reference: name.Digest) -> None:
    try:
        pusher.put(reference, target.puller.get(reference, **target.limits), **target.limits)
    except TransportError as error:
        if error.status != 404:  # deleted, together with its entry
            raise


def _listed(target: Target, subject: name.Digest) -> set[str]:
    with target.puller.referrers(subject, **target.limits) as index:
        return {str(entry.digest) for entry in index.index_manifest().manifests or ()}


def subject_of(found: remote.RemoteDescriptor) -> v1.Hash | None:
    """Return the digest of a manifest's subject.

    Args:
        found: the manifest.

    Returns:
        The digest; ``None`` if there is no subject.

    Raises:
        JSONError: the manifest is malformed.
    """
    if found.descriptor.media_type.is_index():
        subject = v1.parse_index_manifest(found.manifest).subject
    else:
        subject = v1.parse_manifest(found.manifest).subject
    return None if subject is None else subject.digest
