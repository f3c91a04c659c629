"""Copy images and trees of repositories between Google's registries: pkg/gcrane/copy.go."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

from pyggcr import crane, google, limits, name, remote
from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import quote
from pyggcr._layers.task_group import TaskGroup
from pyggcr._layers.worker_pool import processors
from pyggcr._os.logs import Log
from pyggcr._values.remote import GoogleOptions, Retry
from pyggcr.crane.wrapping import wrapped
from pyggcr.errors import Error, TransportError, UnsupportedOptionError
from pyggcr.gcrane.keychain import KEYCHAIN
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, cast

    from typing_extensions import Unpack

    from pyggcr.remote import Options as RemoteOptions
    from pyggcr.v1 import Platform
else:
    from pyggcr._typing import Any, TypeVar, cast

__all__ = ["Options", "copy", "copy_repository", "gcr_backoff", "missing"]

_T = TypeVar("_T")

_NOT_FOUND, _TOO_MANY, _SERVER_ERRORS = 404, 429, 500

# Texts are logged, as whoever keeps an error keeps what it came from open.
_log = Log(__name__)


class Options(GoogleOptions, total=False):
    """How to talk to registries, and the limits of the call.

    Without ``auth`` and ``keychain``, ``KEYCHAIN`` finds the credentials.

    Attributes:
        platform: copy only the image of an index that is for this platform, such as
            ``linux/arm64``; default: whole indexes (``WithPlatform``).
        jobs: for ``copy_repository`` the number of images to copy at once, default one for each
            processor (``WithJobs``); for ``copy`` the number of blobs, default 4.
    """

    platform: Platform | str
    jobs: int


def gcr_backoff() -> Retry:
    """Return the retry policy for ``gcr.io`` (``gcrane.GCRBackoff``).

    Its quotas count requests in ten minutes.

    Returns:
        Three tries, with pauses of 6 and 60 seconds.

    Examples:
        >>> gcr_backoff()
        Retry(duration=6.0, factor=10.0, jitter=0.1, steps=3)
    """
    return Retry(duration=6.0, factor=10.0, jitter=0.1, steps=3)


def copy(source: str, target: str, **options: Unpack[Options]) -> None:
    """Copy an image or an index without changing its digest (``gcrane.Copy``).

    Args:
        source: a reference, such as ``gcr.io/project/app:1``.
        target: the reference to copy to.
        options: see ``Options``.

    Raises:
        InvalidReferenceError: a text is not a reference.
        ImageNotFoundError: the index has no image for ``platform``.
        TransportError: a registry refused a request, or could not be reached.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    crane.copy(source, target, **_of_crane(options))


def copy_repository(
    source: str,
    target: str,
    *,
    backoff: Retry | None = None,
    **options: Unpack[Options],
) -> None:
    """Copy a repository and all repositories below it (``gcrane.CopyRepository``).

    What the target lacks is copied: tagged manifests by tag, others by digest. Both registries must
    list manifests as Google's do; from another registry nothing is copied.

    Args:
        source: a repository, such as ``gcr.io/project/app``.
        target: the repository to copy to; repositories below the source get the same names below
            it.
        backoff: how often to list or copy again after an overload (status 429) or a server error,
            and with which pauses; default ``gcr_backoff()``.
        options: see ``Options``.

    Raises:
        InvalidReferenceError: a text is not a repository.
        TransportError: a registry refused a request, or could not be reached.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    copying_options = limits.split(_of_crane(options))[1]
    jobs = copying_options.pop("jobs", processors())
    if jobs <= 0:
        raise UnsupportedOptionError("jobs must be greater than zero")
    given, rest = limits.split({**_of_google(options)})
    insecure = options.get("insecure", False)
    with limits.limit(**given):
        with wrapped(f"parsing repo {quote(source)}"):
            from_ = name.new_repository(source, insecure=insecure)
        with wrapped(f"parsing repo {quote(target)}"):
            to = name.new_repository(target, insecure=insecure)
        job = _Copy(from_, to, rest, copying_options, backoff or gcr_backoff())
        try:
            with TaskGroup(jobs) as group, wrapped("failed to Walk"):
                google.walk(from_, functools.partial(job.visit, group), **cast(Any, rest))
        except _TaskError as failed:
            raise failed.error from None


class _TaskError(Exception):
    """A copy failed; whoever lists repositories meanwhile has nothing to say of it."""

    def __init__(self, error: Error) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, slots=True)
class _Task:
    """A manifest, and the tags that the target lacks."""

    digest: str
    tags: list[str]
    source: name.Repository
    target: name.Repository


@dataclass(frozen=True, slots=True)
class _Copy:
    """From which repository to which one, with which options."""

    source: name.Repository
    target: name.Repository
    listing: dict[str, Any]
    copying: dict[str, Any]
    backoff: Retry

    def visit(
        self,
        group: TaskGroup,
        repository: name.Repository,
        tags: google.Tags | None,
        error: Error | None,
    ) -> None:
        """Copy what one repository holds, and list it again where that failed."""
        if tags is None:
            _log.warning("failed walkFn for repo %s: %s", repository, str(error))
            with wrapped(f"failed List for repo {repository}"):
                tags = self._trying(lambda: google.list(repository, **self.listing))
        with wrapped(f"failed to copy repo {quote(str(repository))}"):
            tasks = self._trying(functools.partial(self._tasks, repository, tags))
        # What an index lists comes before it: a registry may refuse the index meanwhile.
        try:
            for part in tasks:
                for task in part:
                    group.start(functools.partial(self._copy_again, task))
                group.finish()
        except Error as failure:
            raise _TaskError(failure) from None

    def _tasks(
        self, repository: name.Repository, tags: google.Tags
    ) -> tuple[list[_Task], list[_Task]]:
        """What to copy of a repository: images, and indexes (``copyRepo``)."""
        with wrapped("rename failed"):
            target = self._renamed(repository)
        have: dict[str, google.ManifestInfo] = {}
        try:
            have = google.list(target, **self.listing).manifests or {}
        except TransportError as error:
            if error.status != _NOT_FOUND:
                raise
            _log.warning("failed to list %s: %s", target, str(error))
        need = missing(tags.manifests or {}, have)
        parts: tuple[list[_Task], list[_Task]] = [], []
        for digest, info in need.items():
            is_index = MediaType(info.media_type).is_index()
            parts[is_index].append(_Task(digest, info.tags or [], repository, target))
        return parts

    def _renamed(self, repository: name.Repository) -> name.Repository:
        """Where in the target a repository of the source goes (``rename``)."""
        renamed = str(repository).replace(str(self.source), str(self.target), 1)
        insecure = bool(self.listing.get("insecure"))
        return name.new_repository(renamed, strict=True, insecure=insecure)

    def _copy_again(self, task: _Task) -> None:
        with wrapped(f"failed to copy {quote(task.digest)}"):
            self._trying(functools.partial(self._copy, task))

    def _copy(self, task: _Task) -> None:
        """Copy an image once and give it all its tags (``copyImages``)."""
        if not task.tags:
            at = f"@{task.digest}"
            crane.copy(f"{task.source}{at}", f"{task.target}{at}", **self.copying)
            return
        first, *more = task.tags
        origin = f"{task.source}:{first}"
        crane.copy(origin, f"{task.target}:{first}", **self.copying)
        if not more:
            return
        connection = {key: it for key, it in self.copying.items() if key != "platform"}
        with remote.Puller(**connection) as puller, remote.Pusher(**connection) as pusher:
            found = puller.get(origin)
            for tag in more:
                pusher.put(task.target.tag(tag), found)

    def _trying(self, work: Callable[[], _T]) -> _T:
        """Do it, again after an overload or a server's error (``backoffErrors``)."""
        pauses = self.backoff.waits()
        while True:
            try:
                return work()
            except TransportError as error:
                if not _is_worth_another_try(error):
                    raise
                _log.warning("Retrying %s", str(error))
                seconds = next(pauses, None)
                if seconds is None:
                    raise
            limits.pause(seconds)


def missing(
    want: dict[str, google.ManifestInfo], have: dict[str, google.ManifestInfo]
) -> dict[str, google.ManifestInfo]:
    """Return the manifests, or the tags of manifests, that a target lacks (``diffImages``).

    Args:
        want: the manifests of the source, by digest.
        have: the manifests of the target, by digest.

    Returns:
        Manifests by digest; of one that the target has, only the tags that are missing.
    """
    return dict(_missing(want, have))


def _missing(
    want: dict[str, google.ManifestInfo], have: dict[str, google.ManifestInfo]
) -> Iterator[tuple[str, google.ManifestInfo]]:
    for digest, wanted in want.items():
        if digest not in have:
            yield digest, wanted
            continue
        there = set(have[digest].tags or ())
        tags = [tag for tag in wanted.tags or () if tag not in there]
        if tags:
            yield (
                digest,
                google.ManifestInfo(
                    wanted.size, wanted.media_type, wanted.created, wanted.uploaded, tags
                ),
            )


def _is_worth_another_try(error: TransportError) -> bool:
    return error.temporary() or error.status == _TOO_MANY or error.status >= _SERVER_ERRORS


def _of_google(options: Options) -> GoogleOptions:
    """The options for listing, with the keychain of this package unless others are given."""
    chosen = {key: it for key, it in options.items() if key not in ("jobs", "platform")}
    if chosen.get("auth") is None and chosen.get("keychain") is None:
        chosen["keychain"] = KEYCHAIN
    return cast(GoogleOptions, chosen)


def _of_crane(options: Options) -> RemoteOptions:
    """The same for copying.

    Raises:
        TypeError: an option is unknown here.
    """
    from pyggcr.limits import check_known

    check_known(options, Options.__annotations__)
    found = cast("RemoteOptions", _of_google(options))
    if "platform" in options:
        found["platform"] = options["platform"]
    if "jobs" in options:
        found["jobs"] = options["jobs"]
    return found
