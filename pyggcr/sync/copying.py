"""Copies one image of a file of ``sync``, if it is not there yet.

The target is asked for its digest first. Then what is attached comes before the tag, so that who
sees the tag finds the signatures, and blobs are mounted where both repositories have one registry.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator

from pyggcr import limits, name, remote, v1
from pyggcr._dataclasses import dataclass
from pyggcr.crane.attached import Attachments, Target
from pyggcr.crane.attachment_copier import NOT_THERE_YET, AttachmentCopier
from pyggcr.errors import Error, TransportError
from pyggcr.sync.clients import Clients
from pyggcr.sync.narrowing import Narrowed, content_of, narrowed
from pyggcr.sync.plan import Item
from pyggcr.sync.results import Action, Result

__all__ = ["Copier"]

_TICK = 0.1  # seconds between looks at the limits

# What a registry that answers no HEAD, or not in full, may answer a GET.
_ASK_AGAIN = (400, 404, 405, 501)


@dataclass(frozen=True, slots=True)
class Copier:
    """Copies images; may be used from several threads.

    Attributes:
        clients: talk to registries.
        dry_run: only say what is missing.
        insecure: allow plain HTTP.
        folders: one writes to a layout at a time.
    """

    clients: Clients
    dry_run: bool
    insecure: bool
    folders: weakref.WeakValueDictionary[str, threading.Lock]

    def copy(self, item: Item) -> Result:
        """Copy an image.

        Raises:
            Error: it could not be copied, in its own time.
        """
        with limits.limit(timeout=item.options.timeout), self.clients.in_use() as clients:
            if item.kind == "docker":
                return _ToRegistry(self, item, clients).copy()
            with self._alone(item.place):
                return _ToFolder(self, item, clients).copy()

    @contextlib.contextmanager
    def _alone(self, folder: str) -> Iterator[None]:
        own = self.folders.setdefault(os.path.realpath(folder), threading.Lock())
        while not own.acquire(timeout=_TICK):
            limits.current().check()
        try:
            yield
        finally:
            own.release()


class _Copy:
    """What is the same for all targets."""

    def __init__(self, copier: Copier, item: Item, clients: Target) -> None:
        self.item = item
        self.options = item.options
        self.clients = clients
        self.dry_run = copier.dry_run
        self.insecure = copier.insecure

    def source_digest(self) -> str:
        """The digest of the source, whose manifest need not be read for that."""
        if self.item.digest:
            return self.item.digest
        tag = self.item.repository.tag(self.item.tag)
        try:
            return str(self.clients.puller.head(tag).digest)
        except TransportError as error:
            if error.status not in _ASK_AGAIN:
                raise
        except Error:
            limits.current().check()
        return str(self.clients.puller.get(tag).descriptor.digest)

    def source(self) -> tuple[str, Narrowed | None]:
        """The digest that the copy will have; and what is copied, if that had to be read for it."""
        digest = self.source_digest()
        if self.options.platform is None and not self.options.platforms:
            return digest, None
        found = self.narrowed(digest)
        return str(found.descriptor.digest), found

    def narrowed(self, digest: str) -> Narrowed:
        """What is copied of the source."""
        # By its digest: the tag may be moved meanwhile.
        found = self.clients.puller.get(self.item.repository.digest(digest))
        return narrowed(found, self.options)

    def result(self, action: Action, digest: str, attached: int = 0, target: str = "") -> Result:
        return Result(action, self.item.source, target or self.item.target, digest, attached)


class _ToRegistry(_Copy):
    """Copies an image to a registry."""

    def copy(self) -> Result:
        digest, found = self.source()
        repository = name.new_repository(self.item.place, insecure=self.insecure)
        tag = self.item.target_tag
        to: name.Reference = repository.tag(tag) if tag else repository.digest(digest)
        shown = to.name()
        there = self._digest_of(to)
        if there and there != digest and not self.options.overwrite:
            return self.result("kept", there, target=shown)
        if there == digest and not self.options.attached:
            return self.result("present", digest, target=shown)
        if self.dry_run and not self.options.attached:
            return self.result("missing", digest, target=shown)
        found = found or self.narrowed(digest)
        copier = self._attachment_copier(repository)
        if self.dry_run:
            missing = [*copier.missing(found.descriptor, found.manifest)]
            action: Action = "missing" if missing or there != digest else "present"
            return self.result(action, digest, len(missing), shown)
        if there == digest:
            copied = copier.copy(found.descriptor, found.manifest)
            return self.result("copied" if copied else "present", digest, copied, shown)
        copied = 0
        if self.options.attached:
            self.clients.pusher.push(repository.digest(digest), found.source)
            copied = copier.copy(found.descriptor, found.manifest)
        self.clients.pusher.push(to, found.source)
        return self.result("copied", digest, copied, shown)

    def _digest_of(self, reference: name.Reference) -> str:
        """The digest of what is there; empty if nothing is."""
        try:
            return str(self.clients.puller.head(reference).digest)
        except TransportError as error:
            if error.status not in NOT_THERE_YET:
                raise
        return ""

    def _attachment_copier(self, repository: name.Repository) -> AttachmentCopier:
        attachments = Attachments(
            self.clients.puller,
            self.item.repository,
            {},
            referrers=self.options.referrers,
            digest_tags=self.options.digest_tags,
        )
        no_clobber = not self.options.overwrite
        return AttachmentCopier(attachments, self.clients, repository, no_clobber)


class _ToFolder(_Copy):
    """Copies an image to an OCI layout, or to an archive of its own."""

    def copy(self) -> Result:
        digest, found = self.source()
        called = self._called(digest)
        if self._digest_of(called) == digest:
            return self.result("present", digest)
        if self.dry_run:
            return self.result("missing", digest)
        found = found or self.narrowed(digest)
        self._write(found.source, called)
        return self.result("copied", digest)

    def _called(self, digest: str) -> str:
        repository = self.item.repository.name()
        return f"{repository}:{self.item.tag}" if self.item.tag else f"{repository}@{digest}"

    def _digest_of(self, called: str) -> str:
        """The digest of what has the name in the layout or archive; empty if nothing has."""
        from pyggcr._layers.index_walk import given_name

        if not os.path.exists(self.item.place):  # noqa: PTH110
            return ""
        try:
            entries = _entries(self.item.kind, self.item.place)
        except Error:
            if self.item.kind == "oci":
                raise  # others are in it
            return ""
        for entry in entries:
            if given_name(entry) == called:
                return str(entry.digest)
        return ""

    def _write(self, source: remote.Source, called: str) -> None:
        from pyggcr.store.transports import Location
        from pyggcr.store.writing import write_contents

        place = self.item.place
        if self.item.kind == "oci-archive":
            os.makedirs(os.path.dirname(place) or ".", exist_ok=True)  # noqa: PTH103, PTH120
            location = Location("oci-archive", place)
        else:
            location = Location("oci", place)
        with content_of(source) as content:
            write_contents([(content, (called,))], location, shown=self.item.target)


def _entries(kind: str, place: str) -> list[v1.Descriptor]:
    from pyggcr import layout
    from pyggcr.store import open as open_store

    if kind == "oci":
        if not os.path.exists(os.path.join(place, "index.json")):  # noqa: PTH110, PTH118
            return []
        return layout.from_path(place).image_index().index_manifest().manifests or []
    with open_store(place) as store, store.index() as index:
        return index.index_manifest().manifests or []
