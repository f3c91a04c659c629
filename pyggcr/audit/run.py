"""Run an audit: submit tasks to an executor, record their results in the state, yield the rows.

The memory it needs does not grow with the number of images: a bounded number of tasks is in flight,
registries are listed page by page, and rows are stored in the state.
"""

from __future__ import annotations

import collections
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor

from pyggcr import name
from pyggcr._dataclasses import dataclass, replace
from pyggcr._os import executors
from pyggcr._os.closeable import Closeable
from pyggcr._os.executors import Failed, Pool, TaskMap
from pyggcr._version import __version__
from pyggcr.audit.examining import connection_options, examine, failed_outcome, now
from pyggcr.audit.layers import WaitingImages
from pyggcr.audit.problems import failed_row, secrets_of, without_secrets
from pyggcr.audit.rows import Row
from pyggcr.audit.sharing import rows_with_sharing
from pyggcr.audit.state import State
from pyggcr.audit.targets import Place, images_of_daemon, places_of, repositories_of
from pyggcr.audit.tasks import Item, Outcome, Reading, Task
from pyggcr.errors import CancelledError, Error, UnsupportedOptionError
from pyggcr.limits import check_known
from pyggcr.v1.platform import parse_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr._values.remote import ConnectionOptions

__all__ = ["Audit", "Counts", "audit"]

MAX_PER_HOST = 8
# Seconds that an image may take: its manifest and config, or all its layers.
TIMEOUT, DEEP_TIMEOUT = 60.0, 3600.0

_BATCH = 32  # images of a repository that a task reads
_KNOWN = 1000  # digests that a task is told of: those of a larger repository come with each batch


@dataclass(frozen=True, slots=True)
class Counts:
    """The progress of an audit, in numbers.

    Attributes:
        references: references that this run has checked.
        known: references among them whose image has not changed since an earlier run read it.
        rows: rows of images that were read.
        failed: rows of images that could not be read.
    """

    references: int = 0
    known: int = 0
    rows: int = 0
    failed: int = 0


class Audit(Closeable):
    """An audit: iterate over it to run it, and close it afterwards.

    It is a context manager. After the iteration, ``rows`` returns the rows sorted and completed.

    Attributes:
        counts: the progress so far.
    """

    def __init__(
        self,
        targets: Iterable[str | os.PathLike[str]],
        *,
        state: str | os.PathLike[str] | None = None,
        executor: Executor | None = None,
        jobs: int = 0,
        dask: str | None = None,
        platform: str | None = None,
        deep: bool = False,
        timeout: float | None = None,
        max_per_host: int = MAX_PER_HOST,
        options: ConnectionOptions | Mapping[str, Any] | None = None,
    ) -> None:
        """Open the state and the executor; nothing is read yet.

        Args:
            targets: registries, repositories, images, archives, layouts, folders, or ``@FILE``, as
                for ``audit``.
            state: the file that records what was read. An interrupted audit resumes from it, and
                the next audit reads only what has changed. Default: a temporary file.
            executor: any ``concurrent.futures.Executor`` that reads the images. Default:
                ``max_per_host`` threads.
            jobs: the number of processes of this machine that read the images. Default 0: threads.
            dask: the address of a dask scheduler whose workers read the images. Default: none.
            platform: which images of an index to read, such as ``linux/arm64``. Default: all.
            deep: also read and hash every layer. Default ``False``.
            timeout: seconds that one image may take. Default 60, or 3600 with ``deep``.
            max_per_host: how many images of one registry to read at once. Default 8.
            options: keyword arguments of ``remote.Puller``. Default: none.

        Raises:
            UnsupportedOptionError: more than one of ``executor``, ``jobs`` and ``dask`` is given,
                ``max_per_host`` is less than 1, or dask is missing or does not respond.
            InvalidPlatformError: ``platform`` is not a platform.
            StateError: the state belongs to something else, is damaged, or is in use.
        """
        if sum((executor is not None, jobs > 0, dask is not None)) > 1:
            raise UnsupportedOptionError("executor, jobs and dask exclude each other")
        if max_per_host < 1:
            raise UnsupportedOptionError("max_per_host must be greater than zero")
        if platform is not None:
            parse_platform(platform)
        if options:
            from pyggcr._values.remote import ConnectionOptions as Known

            check_known(options, Known.__annotations__)
        self._targets = list(targets)
        self.counts: Counts = Counts()
        named = json.dumps(sorted(map(os.fsdecode, self._targets)))
        way = json.dumps([__version__, platform, deep])
        self._state = State(state, targets=named, way=way)
        try:
            self._pool = _pool(executor, jobs, dask, max_per_host)
        except BaseException:
            self._state.close()
            raise
        at_once = max(1, max_per_host // self._pool.workers)
        self._most_of_host = max(1, max_per_host // at_once)
        if timeout is None:
            timeout = DEEP_TIMEOUT if deep else TIMEOUT
        self._reading = Reading(platform, deep, timeout, at_once, dict(options or {}))
        self._waiting: collections.deque[Task] = collections.deque()
        self._layers = WaitingImages(self._state)

    def __repr__(self) -> str:
        count = len(self._targets)
        return f"<Audit of {count} target{'' if count == 1 else 's'}>"

    @property
    def resumed(self) -> bool:
        """Whether it resumes a run that was interrupted."""
        return self._state.resumed

    def __iter__(self) -> Iterator[Row]:
        """Run the audit.

        A resumed run first yields the rows that it has already.

        Yields:
            The rows as they are made, in no order. They lack what follows from other images:
            ``shared`` of the layers, and a base that no annotation names.

        Raises:
            InvalidReferenceError: a target is not a valid reference.
            UnsupportedOptionError: a target is a URL, or its transport is not supported.
            FileAccessError: a list of targets or a folder cannot be read.
            StateError: the state cannot be written.
            CancelledError: the call was cancelled; the same audit can be resumed.
            DeadlineExceededError: a limit of ``pyggcr.limits`` ran out; likewise.
        """
        if self.resumed:
            for row in self._state.rows():
                self._count((row,), known=False)
                yield row
        tasks = TaskMap(
            self._pool, examine, group=lambda it: it.host, most_of_group=self._most_of_host
        )
        planned = self._planned()
        with tasks:
            more = True
            while more or self._waiting or not (self._layers.is_idle and tasks.is_idle):
                while not tasks.is_full:
                    task: Task | Row | None = self._layers.next()
                    if task is None and self._layers.is_full:
                        break
                    if task is None:
                        task = self._next_batch() if self._waiting else next(planned, None)
                    if task is None:
                        more = False
                        break
                    if isinstance(task, Row):
                        yield from self._recorded((Item(task.reference, "", (task,)),), None)
                        continue
                    tasks.submit(task)
                for task, outcome in tasks.ended():
                    yield from self._taken(task, outcome)
        self._state.finish()

    def rows(self) -> Iterator[Row]:
        """Return the rows of the run so far, sorted and completed.

        Each call computes from all rows how many images share each layer, and which image is the
        base of another if no annotation names it.

        Yields:
            The rows, in the order of their references.

        Raises:
            StateError: the state is damaged or cannot be written, or the audit was closed.
        """
        return rows_with_sharing(self._state)

    def close(self) -> None:
        """Close the state, and the executor that it started; a second call does nothing."""
        self._pool.close()
        self._state.close()

    # What is to be done.

    def _planned(self) -> Iterator[Task | Row]:
        """The first tasks of all targets, and rows of what cannot be listed."""
        for place in places_of(self._targets):
            if place.kind == "registry":
                yield from self._listed(place, self._registry(place))
            elif place.kind == "repository":
                yield self._repository(place.name)
            elif place.kind == "daemon":
                yield from self._listed(place, self._daemon())
            elif (task := self._single(place)) is not None:
                yield task

    def _listed(self, place: Place, tasks: Iterator[Task]) -> Iterator[Task | Row]:
        """The tasks of a place, or a row where it does not list what it has."""
        try:
            yield from tasks
        except CancelledError:
            raise
        except Error as error:
            secrets: tuple[str, ...] = ()
            if place.host:
                options = connection_options(self._reading)
                secrets = secrets_of(options, name.new_registry(place.name))
            yield from without_secrets([failed_row(place.name, error, now())], secrets)

    def _registry(self, place: Place) -> Iterator[Task]:
        repositories = repositories_of(place.name, connection_options(self._reading))
        return map(self._repository, repositories)

    def _daemon(self) -> Iterator[Task]:
        return filter(None, map(self._single, images_of_daemon()))

    def _repository(self, repository: str) -> Task:
        """The task that lists a repository, and reads the first of its images."""
        known = self._state.known(repository, _KNOWN)
        return Task(
            target=repository,
            reading=self._reading,
            host=repository.partition("/")[0],
            tags=None,
            most=_BATCH if known is not None else 0,
            known=known or {},
            done=self._state.done(repository),
        )

    def _single(self, place: Place) -> Task | None:
        if place.kind == "archive":
            reference = place.name
            tags: tuple[str, ...] = ()
        else:
            separator = "@" if ":" in place.identifier else ":"
            reference = f"{place.name}{separator}{place.identifier}"
            tags = (place.identifier,)
        if self._state.is_done(reference):
            return None
        known = self._state.digest_of(reference)
        return Task(
            target=place.name,
            reading=self._reading,
            host=place.host,
            tags=tags,
            known={reference: known} if known else {},
        )

    def _next_batch(self) -> Task:
        """The next images of a repository that was listed, with what is known of them."""
        task = self._waiting.popleft()
        names = [f"{task.target}:{tag}" for tag in task.tags or ()]
        known = {it: found for it in names if (found := self._state.digest_of(it))}
        return replace(task, known={} if task.fresh else known)

    # What came of it.

    def _taken(self, task: Task, outcome: Outcome | Failed) -> Iterator[Row]:
        if isinstance(outcome, Failed):
            if isinstance(outcome.error, CancelledError):
                raise outcome.error
            outcome = failed_outcome(task, outcome.error)
        if task.layers:
            self._layers.take(task, outcome.facts)
            return
        for begin in range(0, len(outcome.rest), _BATCH):
            tags = outcome.rest[begin : begin + _BATCH]
            self._waiting.append(replace(task, tags=tags, known={}, done=frozenset()))
        if waiting := [it for it in outcome.items if it.wants]:
            names = tuple(it.reference[len(task.target) + 1 :] for it in waiting)
            self._layers.add(task, names, {layer for it in waiting for layer in it.wants})
        yield from self._recorded(tuple(it for it in outcome.items if not it.wants), task)

    def _recorded(self, items: tuple[Item, ...], task: Task | None) -> Iterator[Row]:
        rows, unknown = self._state.record(items)
        known = sum(item.rows is None for item in items) - len(unknown)
        self._count(tuple(rows), known=known, references=len(items) - len(unknown))
        for reference in unknown:
            # Its rows were of another reference, which has changed meanwhile.
            assert task is not None
            identifier = reference[len(task.target) + 1 :]
            self._waiting.append(replace(task, tags=(identifier,), fresh=True, done=frozenset()))
        yield from rows

    def _count(self, rows: tuple[Row, ...], *, known: int, references: int = 1) -> None:
        failed = sum(row.error is not None for row in rows)
        self.counts = Counts(
            self.counts.references + references,
            self.counts.known + known,
            self.counts.rows + len(rows) - failed,
            self.counts.failed + failed,
        )


def _pool(executor: Executor | None, jobs: int, dask: str | None, threads: int) -> Pool:
    if executor is not None:
        return executors.own_pool(executor)
    if dask is not None:
        return executors.dask_pool(dask)
    # A registry is waited for most of the time, for which threads are enough.
    return executors.process_pool(jobs) if jobs else executors.thread_pool(threads)


def audit(
    targets: Iterable[str | os.PathLike[str]],
    *,
    state: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    jobs: int = 0,
    dask: str | None = None,
    platform: str | None = None,
    deep: bool = False,
    timeout: float | None = None,
    max_per_host: int = MAX_PER_HOST,
    options: ConnectionOptions | Mapping[str, Any] | None = None,
) -> Iterator[Row]:
    """Read many images, and report what each is and which tools fail on it.

    ``Audit`` does the same, and also returns the rows sorted, with what follows from all images:
    shared layers, and bases that no annotation names.

    Args:
        targets: registries (``registry.example.com``), repositories, images, archives, layouts,
            folders of archives and layouts, ``docker-daemon:`` for all images of the Docker daemon,
            and ``@list.txt`` for a file with one target on each line. A name without a tag is a
            repository.
        state: the file that records what was read. An interrupted audit resumes from it, and the
            next audit reads only what has changed. Default: a temporary file.
        executor: any ``concurrent.futures.Executor`` that reads the images; it stays open. If its
            workers die, its ``BrokenExecutor`` reaches the caller. Default: ``max_per_host``
            threads.
        jobs: the number of processes of this machine that read the images. Default 0: threads.
        dask: the address of a dask scheduler whose workers read the images. Default: none.
        platform: which images of an index to read, such as ``linux/arm64``. Default: all.
        deep: also read and hash every layer. Without it, an image of a registry takes two
            requests, one for the manifest and one for the config. Default ``False``.
        timeout: seconds that one image may take. Default 60, or 3600 with ``deep``.
        max_per_host: how many images of one registry to read at once. Default 8.
        options: keyword arguments of ``remote.Puller``, such as ``auth`` or ``retry``; with
            processes and clusters they must be picklable. The engine is ``python`` unless they
            name another: it waits as long as a registry asks for (``Retry-After``).

    Yields:
        The rows as they are made, in no order. An image that cannot be read is a row with an
        ``error``.

    Raises:
        UnsupportedOptionError: more than one of ``executor``, ``jobs`` and ``dask`` is given,
            ``max_per_host`` is less than 1, dask is missing or does not respond, a target is a URL,
            or its transport is not supported.
        InvalidPlatformError: ``platform`` is not a platform.
        InvalidReferenceError: a target is not a valid reference.
        FileAccessError: a list of targets or a folder cannot be read.
        StateError: the state belongs to something else, is damaged, or is in use.
        CancelledError: the call was cancelled; the same audit can be resumed.
        DeadlineExceededError: a limit of ``pyggcr.limits`` ran out; likewise.

    >>> from pyggcr import random, registry, remote
    >>> with registry.serve() as server:
    ...     remote.write(f"{server.host}/team/app:1.0", random.image(16, 1))
    ...     [row.reference.partition("/")[2] for row in audit([server.host])]
    ['team/app:1.0']
    """
    with Audit(
        targets,
        state=state,
        executor=executor,
        jobs=jobs,
        dask=dask,
        platform=platform,
        deep=deep,
        timeout=timeout,
        max_per_host=max_per_host,
        options=options,
    ) as run:
        yield from run
