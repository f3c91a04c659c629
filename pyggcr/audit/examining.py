"""``examine``: what the workers of an audit do with a task. A function of its argument alone."""

from __future__ import annotations

import datetime as dt
import functools

from pyggcr import limits
from pyggcr._dataclasses import replace
from pyggcr.audit.problems import failed_row, secrets_of, without_secrets
from pyggcr.audit.tasks import Item, LayerFacts, Outcome, Reading, Task
from pyggcr.errors import CancelledError, DeadlineExceededError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from typing import Any, TypeVar

    from pyggcr import v1
else:
    from pyggcr._typing import TypeVar

_T = TypeVar("_T")

__all__ = ["connection_options", "examine", "failed_outcome", "now"]


def examine(task: Task) -> Outcome:
    """Read the images of a task; whatever is wrong with one is a row, and never raised.

    Raises:
        CancelledError: the work was cancelled as a whole.
    """
    if not task.host:
        from pyggcr.audit.archives import read_archive

        return Outcome((read_archive(task.target, task.reading, task.known, now()),))
    outcome = _examine_repository(task)
    if any(row.error is not None for item in outcome.items for row in item.rows or ()):
        return _without_secrets(outcome, task)
    return outcome


def _without_secrets(outcome: Outcome, task: Task) -> Outcome:
    from pyggcr import name

    secrets = secrets_of(connection_options(task.reading), name.new_repository(task.target))
    items = tuple(
        item if item.rows is None else replace(item, rows=without_secrets(item.rows, secrets))
        for item in outcome.items
    )
    return replace(outcome, items=items)


def now() -> str:
    """The time, as rows have it."""
    return dt.datetime.now(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def failed_outcome(task: Task, error: BaseException) -> Outcome:
    """What came of a task that could not be done at all."""
    names = [_shown(task.target, it) for it in task.tags or ()] or [task.target]
    when = now()
    return Outcome(tuple(Item(it, "", (failed_row(it, error, when),)) for it in names))


def _shown(repository: str, identifier: str) -> str:
    return f"{repository}{'@' if ':' in identifier else ':'}{identifier}"


def _examine_repository(task: Task) -> Outcome:
    from pyggcr import name, remote
    from pyggcr.audit.images import RepositoryReader

    reading, when = task.reading, now()
    try:
        insecure = bool(reading.options.get("insecure"))
        repository = name.new_repository(task.target, insecure=insecure)
        with remote.Puller(**connection_options(reading)) as puller:
            if task.layers:
                return Outcome((), facts=_read_layers(puller, repository, task))
            tags = task.tags
            rest: tuple[str, ...] = ()
            if tags is None:
                with limits.limit(timeout=reading.timeout):
                    tags = tuple(puller.list_tags(repository))
                tags = tuple(it for it in tags if _shown(task.target, it) not in task.done)
                tags, rest = tags[: task.most], tags[task.most :]
            reader = RepositoryReader(puller, repository, reading, when, task.facts)
            return Outcome(_read_all(reader, tags, task), rest)
    except DeadlineExceededError as error:
        limits.current().check()
        return failed_outcome(task, error)
    except CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - other repositories are to be read all the same
        return failed_outcome(task, error)


def connection_options(reading: Reading) -> dict[str, Any]:
    """The keyword arguments of ``remote.Puller``."""
    from pyggcr import authn

    options = dict(reading.options)
    if "auth" not in options and "keychain" not in options:
        options["keychain"] = authn.DEFAULT_KEYCHAIN
    # Of the two engines it is this one that waits as long as a registry asks for.
    options["engine"] = options.get("engine") or "python"
    return options


def _read_all(reader: Any, tags: tuple[str, ...], task: Task) -> tuple[Item, ...]:
    """The items of tags or digests, in their order, some at a time."""
    return _map(lambda tag: reader.read(tag, task.known), tags, task)


def _read_layers(puller: Any, repository: Any, task: Task) -> dict[str, LayerFacts]:
    """The facts of the layers that can be read."""
    from pyggcr.audit.layers import read_layer

    def open_blob(digest: v1.Hash) -> io.RawIOBase:
        stream: io.RawIOBase = puller.layer(repository.digest(str(digest))).compressed()
        return stream

    def read(digest: str) -> LayerFacts | None:
        return read_layer(open_blob, digest, task.target, task.reading.timeout)

    found = zip(task.layers, _map(read, task.layers, task), strict=True)
    return {digest: facts for digest, facts in found if facts is not None}


def _map(work: Callable[[str], _T], names: tuple[str, ...], task: Task) -> tuple[_T, ...]:
    """What work makes of each name, some at a time."""
    at_once = min(task.reading.at_once, len(names))
    if at_once <= 1:
        return tuple(map(work, names))
    from pyggcr._layers.task_group import TaskGroup

    made: dict[str, _T] = {}

    def do(each: str) -> None:
        made[each] = work(each)

    with TaskGroup(at_once) as group:
        for each in names:
            group.start(functools.partial(do, each))
        group.finish()
    return tuple(made[each] for each in names)
