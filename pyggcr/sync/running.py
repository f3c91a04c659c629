"""Copies the images of a file of ``sync``, several at once, and records those that are done."""

from __future__ import annotations

import contextvars
import os
import weakref
from collections.abc import Callable, Iterator

from pyggcr import limits, name, remote, v1
from pyggcr._os.executors import Failed, TaskMap, thread_pool
from pyggcr.crane.options import with_keychain
from pyggcr.errors import Error
from pyggcr.sync.clients import Clients
from pyggcr.sync.config import Config
from pyggcr.sync.copying import Copier
from pyggcr.sync.filters import LONG_AGO, Moment
from pyggcr.sync.plan import Item, Lists, Problem, planned
from pyggcr.sync.results import Result
from pyggcr.sync.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar, cast

    from typing_extensions import Unpack

    from pyggcr.remote.options import Options
else:
    from pyggcr._typing import TypeVar, cast

__all__ = ["run"]

_T = TypeVar("_T")
_LIST_TIMEOUT = 600.0  # seconds for the tags of a repository, say


def run(
    config: Config,
    *,
    dry_run: bool = False,
    state: str | os.PathLike[str] | None = None,
    on_result: Callable[[Result], object] | None = None,
    **options: Unpack[Options],
) -> list[Result]:
    """Copy the images that a file lists and that the targets lack.

    An error of one image does not end the run: its result says ``failed``.

    Args:
        config: what to copy, from ``parse_config``.
        dry_run: copy nothing, only find out what is missing; reads manifests if needed, but no
            layers. Default false.
        state: a file that records which images are copied, so that the next run skips them if this
            one is interrupted; default none. A dry run does not use it.
        on_result: called in the calling thread with each result, as soon as it is known; default
            none.
        options: see ``pyggcr.remote``; ``jobs`` is how many images are copied at once, default
            that of the file. The default keychain has the credentials of Docker and Podman.

    Returns:
        The results, in the order in which they became known.

    Raises:
        StateError: the file of the state is in use, damaged, or not a state of ``sync``.
        CancelledError: the call was cancelled or took longer than its timeout.
        TypeError: an option is unknown.
    """
    limits.check_known(options, remote.Options.__annotations__)
    jobs = options.pop("jobs", 0) or config.jobs
    options = with_keychain(options)
    given, connection = limits.split(options)
    insecure = options.get("insecure", False)
    found: list[Result] = []
    with (
        limits.limit(**given),
        State(None if dry_run else state) as kept,
        Clients(cast(remote.ConnectionOptions, connection)) as clients,
    ):
        copier = Copier(clients, dry_run, insecure, weakref.WeakValueDictionary())
        for result in _Run(config, kept, clients, copier, jobs).results():
            found.append(result)
            if on_result is not None:
                on_result(result)
    return found


class _Run:
    """Copies the images of one file."""

    def __init__(
        self,
        config: Config,
        state: State,
        clients: Clients,
        copier: Copier,
        jobs: int,
    ) -> None:
        self._config = config
        self._state = state
        self._clients = clients
        self._copier = copier
        self._jobs = jobs
        self._context = contextvars.copy_context()

    def results(self) -> Iterator[Result]:
        ready: list[Result] = []
        with thread_pool(self._jobs) as pool, TaskMap(pool, self._copy) as tasks:
            for item, outcome in tasks.run(self._to_copy(ready)):
                yield from _drained(ready)
                yield self._result(item, outcome)
        yield from _drained(ready)
        self._state.end()

    def _to_copy(self, ready: list[Result]) -> Iterator[Item]:
        """The images to copy; what needs no copy is put into a list."""
        lists = Lists(self._catalog, self._tags, self._created)
        for found in planned(self._config, lists, insecure=self._copier.insecure):
            if isinstance(found, Problem):
                ready.append(_failed(found.source, found.target, found.error))
            elif (before := self._state.done(found.key)) is not None:
                ready.append(Result("done", found.source, found.target, *before))
            else:
                yield found

    def _copy(self, item: Item) -> Result:
        """Copy in a thread of the pool, under the limits of both."""
        token = limits.current().token

        def limited() -> Result:
            with limits.limit(cancel=token):
                return self._copier.copy(item)

        return self._context.copy().run(limited)

    def _result(self, item: Item, outcome: Result | Failed) -> Result:
        if isinstance(outcome, Failed):
            limits.current().check()
            return _failed(item.source, item.target, outcome.error)
        self._state.record(item.key, outcome)
        return outcome

    def _asked(self, ask: Callable[[remote.Puller], _T]) -> _T:
        with limits.limit(timeout=_LIST_TIMEOUT), self._clients.in_use() as clients:
            return ask(clients.puller)

    def _catalog(self, registry: name.Registry) -> list[str]:
        return self._asked(lambda puller: puller.catalog(registry))

    def _tags(self, repository: name.Repository) -> list[str]:
        return self._asked(lambda puller: puller.list_tags(repository))

    def _created(self, tag: name.Tag) -> Moment:
        def ask(puller: remote.Puller) -> Moment:
            digest = str(puller.head(tag).digest)
            return self._state.created(digest, lambda: _created_at(puller, tag.context(), digest))

        return self._asked(ask)


def _created_at(puller: remote.Puller, repository: name.Repository, digest: str) -> Moment:
    """When an image was created, or the first one of an index."""
    found = puller.get(repository.digest(digest))
    if found.descriptor.media_type.is_index():
        entries = v1.parse_index_manifest(found.manifest).manifests or []
        first = next((it for it in entries if it.media_type.is_image()), None)
        if first is None:
            return LONG_AGO
        found = puller.get(repository.digest(str(first.digest)))
    with found.image() as image:
        created = image.config_file().created
    return created.seconds, created.nanoseconds


def _drained(ready: list[Result]) -> Iterator[Result]:
    while ready:
        yield ready.pop(0)


def _failed(source: str, target: str, error: BaseException) -> Result:
    text = str(error) or type(error).__name__
    if not isinstance(error, (Error, OSError)):
        text = f"unexpected {type(error).__name__}: {text} (a bug)"
    return Result("failed", source, target, error=text)
