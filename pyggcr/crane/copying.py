"""Copy images and repositories between registries without changing digests: pkg/crane/copy.go."""

from __future__ import annotations

import contextlib
import functools

from pyggcr import limits, name, remote, v1
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd.strconv import quote
from pyggcr._os.logs import Log
from pyggcr.crane.attached import Attachments, Target
from pyggcr.crane.attachment_copier import (
    NOT_THERE_YET,
    AttachmentCopier,
    RefusingToClobberError,
    check_free,
)
from pyggcr.crane.options import parsed_reference, with_keychain
from pyggcr.crane.wrapping import wrapped
from pyggcr.errors import TransportError
from pyggcr.remote.options import (
    CallOptions,
    ConnectionOptions,
    Options,
    looking_ahead,
    share_connection,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from typing import cast

    from typing_extensions import Unpack
else:
    from pyggcr._typing import cast

__all__ = ["RefusingToClobberError", "copy", "copy_repository"]

_DEFAULT_JOBS = 4
_BATCH = 16  # tags that a task of an executor copies

_log = Log(__name__)


def copy(
    source: str,
    target: str,
    *,
    no_clobber: bool = False,
    referrers: bool = False,
    digest_tags: bool = False,
    **options: Unpack[Options],
) -> None:
    """Copy an image or an index without changing its digest (``crane.Copy``).

    With the option ``platform`` only one image of an index is copied. What ``referrers`` and
    ``digest_tags`` add is complete before the target's tag is written.

    Args:
        source: the reference to copy.
        target: the reference to copy to.
        no_clobber: fail if the target is an existing tag, and do not change existing tags of
            digests; default false.
        referrers: also copy the manifests that refer to the image, to the images of an index, and
            to what is copied for this reason, such as signatures and attestations; default false.
        digest_tags: also copy what has tags made of the digests of all these, such as the
            ``sha256-….sig`` of cosign; default false.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Raises:
        RefusingToClobberError: ``no_clobber`` was given, and the target is an existing tag.
        ImageNotFoundError: the index has no image for the platform.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    connection, given = _split(with_keychain(options))
    insecure = options.get("insecure", False)
    with _clients(connection) as (puller, pusher):
        origin = parsed_reference(source, options)
        with wrapped(f"parsing reference for {quote(target)}"):
            parsed = name.parse_reference(target, insecure=insecure)
        if no_clobber and isinstance(parsed, name.Tag):
            check_free(puller, parsed, given)
        _log.info("Copying from %s to %s", origin, parsed)
        with contextlib.ExitStack() as meanwhile, wrapped(f"fetching {quote(source)}"):
            if not referrers and not digest_tags:
                ahead = looking_ahead(pusher, parsed, origin.context(), given)
                meanwhile.enter_context(ahead)
            found = puller.get(origin, **given)
        extras = None
        if referrers or digest_tags:
            attachments = Attachments(
                puller, origin.context(), given, referrers=referrers, digest_tags=digest_tags
            )
            target_registry = Target(connection, puller, pusher, given)
            extras = AttachmentCopier(attachments, target_registry, parsed.context(), no_clobber)
        if "platform" not in options:
            _push(pusher, parsed, found, extras, found.descriptor, found.manifest, given)
            return
        with found.image() as image:
            described = v1.Descriptor(media_type=image.media_type(), digest=image.digest())
            _push(pusher, parsed, image, extras, described, image.raw_manifest(), given)


def _push(
    pusher: remote.Pusher,
    target: name.Reference,
    source: remote.Source,
    extras: AttachmentCopier | None,
    described: v1.Descriptor,
    manifest: bytes,
    given: CallOptions,
) -> None:
    if extras is not None:
        # By its digest first: whoever sees the tag finds the signatures.
        pusher.push(target.context().digest(str(described.digest)), source, **given)
        extras.copy(described, manifest)
    pusher.push(target, source, **given)


def copy_repository(
    source: str,
    target: str,
    *,
    no_clobber: bool = False,
    referrers: bool = False,
    executor: Executor | None = None,
    **options: Unpack[Options],
) -> list[str]:
    """Copy every tag of a repository, several at a time (``crane.CopyRepository``).

    Args:
        source: the repository to copy.
        target: the repository to copy to.
        no_clobber: skip tags that the target has; default false.
        referrers: also copy the manifests that refer to what is copied, as ``copy`` does; default
            false. Tags made of digests are copied in any case.
        executor: any ``concurrent.futures.Executor`` that copies tags, in place of ``jobs``
            threads; default none. The options are pickled for one with processes or a cluster.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The tags that were copied.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    connection, given = _split(with_keychain(options))
    insecure = options.get("insecure", False)
    with _clients(connection) as (puller, pusher):
        from_ = name.new_repository(source, insecure=insecure)
        with wrapped(f"parsing reference for {quote(target)}"):
            to = name.new_repository(target, insecure=insecure)
        there = _tags_of(puller, to, given) if no_clobber else ()
        tags = []
        for tag in puller.list_tags(from_, **given):
            if tag in there:
                _log.info("Skipping %s due to no-clobber", tag)
            else:
                tags.append(tag)
        jobs = options.get("jobs", _DEFAULT_JOBS)
        if executor is None:
            copied = _copy_tags(_Copy(puller, from_, pusher, to, given), tags, jobs)
        else:
            with limits.limit(**given):
                copied = _copy_tags_in(executor, _Batch(from_, to, connection), tags)
        if referrers:
            attachments = Attachments(puller, from_, given, referrers=True, digest_tags=False)
            target_registry = Target(connection, puller, pusher, given)
            extras = AttachmentCopier(attachments, target_registry, to, no_clobber)
            for described, manifest in copied:
                extras.copy(described, manifest)
    return tags


@dataclass(frozen=True, slots=True)
class _Copy:
    """From which repository to which one, tag by tag."""

    puller: remote.Puller
    source: name.Repository
    pusher: remote.Pusher
    target: name.Repository
    given: CallOptions

    def get(self, tag: str) -> remote.RemoteDescriptor:
        _log.info("Fetching %s", self.source.tag(tag))
        return self.puller.get(self.source.tag(tag), **self.given)

    def push(self, tag: str, found: remote.RemoteDescriptor) -> None:
        _log.info("Pushing %s", self.target.tag(tag))
        self.pusher.push(self.target.tag(tag), found, **self.given)


def _copy_tags(copy: _Copy, tags: list[str], jobs: int) -> list[tuple[v1.Descriptor, bytes]]:
    """Copy them; returns what their manifests are."""
    from pyggcr._layers.task_group import TaskGroup

    indexes: dict[str, remote.RemoteDescriptor] = {}
    copied: list[tuple[v1.Descriptor, bytes]] = []

    def push_or_keep(tag: str) -> None:
        found = copy.get(tag)
        copied.append((found.descriptor, found.manifest))
        if found.descriptor.media_type.is_index():
            indexes[tag] = found
        else:
            copy.push(tag, found)

    # A registry may refuse an index while what it lists is written once more, under its tag: not
    # all write so that a manifest can be read meanwhile. So what an index lists comes before it.
    with TaskGroup(jobs) as group:
        for tag in tags:
            group.start(functools.partial(push_or_keep, tag))
        group.finish()
        several = [tag for tag, found in indexes.items() if _lists_indexes(found.manifest)]
        nested = {tag: indexes.pop(tag) for tag in several}
        for tag, found in indexes.items():
            group.start(functools.partial(copy.push, tag, found))
        group.finish()
    for tag, found in nested.items():
        copy.push(tag, found)
    return copied


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some tags to copy; it can be pickled.

    Attributes:
        source, target: the repositories.
        connection: options of ``remote.Puller`` and ``remote.Pusher``.
        tags: which.
        indexes: whether to push indexes; else they are only read.
    """

    source: name.Repository
    target: name.Repository
    connection: ConnectionOptions
    tags: tuple[str, ...] = ()
    indexes: bool = False


def copy_batch(batch: _Batch) -> dict[str, tuple[v1.Descriptor, bytes]]:
    """Copy tags one after the other, in any process.

    Args:
        batch: the tags, the repositories and the options.

    Returns:
        Descriptors and manifests by tag.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the content cannot be read or sent; the subclass says why.
    """
    found: dict[str, tuple[v1.Descriptor, bytes]] = {}
    with _clients(batch.connection) as (puller, pusher):
        copy = _Copy(puller, batch.source, pusher, batch.target, {})
        for tag in batch.tags:
            described = copy.get(tag)
            found[tag] = described.descriptor, described.manifest
            if batch.indexes or not described.descriptor.media_type.is_index():
                copy.push(tag, described)
    return found


def _copy_tags_in(
    executor: Executor, batch: _Batch, tags: list[str]
) -> list[tuple[v1.Descriptor, bytes]]:
    """The same as ``_copy_tags`` in an executor, some tags at a time."""
    from pyggcr._os.executors import Failed, TaskMap, own_pool

    def copied(tags: list[str], size: int, *, indexes: bool) -> None:
        """Copy them; the manifests come into ``manifests``."""
        batches = [
            replace(batch, tags=tuple(tags[begin : begin + size]), indexes=indexes)
            for begin in range(0, len(tags), size)
        ]
        with TaskMap(pool, copy_batch) as tasks:
            for _, outcome in tasks.run(batches):
                if isinstance(outcome, Failed):
                    raise outcome.error
                manifests.update(outcome)

    manifests: dict[str, tuple[v1.Descriptor, bytes]] = {}
    with own_pool(executor) as pool:
        copied(tags, _BATCH, indexes=False)
        waiting = [tag for tag in tags if manifests[tag][0].media_type.is_index()]
        nested = [tag for tag in waiting if _lists_indexes(manifests[tag][1])]
        copied([tag for tag in waiting if tag not in nested], _BATCH, indexes=True)
        for tag in nested:
            copied([tag], 1, indexes=True)
    return [manifests[tag] for tag in tags]


def _lists_indexes(manifest: bytes) -> bool:
    listed = v1.parse_index_manifest(manifest).manifests or ()
    return any(entry.media_type.is_index() for entry in listed)


def _tags_of(puller: remote.Puller, repository: name.Repository, given: CallOptions) -> list[str]:
    try:
        return puller.list_tags(repository, **given)
    except TransportError as error:
        # Many registries make a repository by the first push to it.
        if error.status not in NOT_THERE_YET:
            raise
        return []


@contextlib.contextmanager
def _clients(connection: ConnectionOptions) -> Iterator[tuple[remote.Puller, remote.Pusher]]:
    """What reads and what writes, over the same connections."""
    with remote.Puller(**connection) as puller, remote.Pusher(**connection) as pusher:
        share_connection(pusher, puller)
        yield puller, pusher


def _split(options: Options) -> tuple[ConnectionOptions, CallOptions]:
    """The options of a connection, and those of each call through it."""
    given, connection = limits.split(options)
    return cast(ConnectionOptions, connection), given
