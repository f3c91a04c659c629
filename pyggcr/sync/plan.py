"""Which images a file means: lists repositories and tags, and says what is copied where.

Names come from registries: what could lead out of a folder, or is no name, is an error of its own.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from pyggcr import limits, name
from pyggcr._dataclasses import dataclass
from pyggcr.errors import ConfigurationError, Error, InvalidReferenceError
from pyggcr.sync.config import Config, Entry, Options, Target
from pyggcr.sync.filters import LONG_AGO, Moment, Tags

__all__ = ["Item", "Lists", "Problem", "planned"]

_DOTS = (".", "..")


@dataclass(frozen=True, slots=True)
class Item:
    """An image to copy.

    Attributes:
        source: where it is, as text.
        repository: the same without tag and digest.
        tag: its tag; empty if it has none.
        digest: the digest that is asked for; empty for that of the tag.
        target: where it goes, as text.
        kind: which kind of target.
        place: the repository, the layout or the archive there.
        target_tag: the tag there; empty for the digest.
        options: how.
    """

    source: str
    repository: name.Repository
    tag: str
    digest: str
    target: str
    kind: str
    place: str
    target_tag: str
    options: Options

    @property
    def key(self) -> str:
        """What tells the copy apart from others of the file, and from others of another time."""
        parts = (self.source, self.kind, self.target, repr(self.options))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be listed, or must not be copied.

    Attributes:
        source: of what.
        target: to where; empty if nothing is known of it.
        error: why.
    """

    source: str
    target: str
    error: BaseException


@dataclass(frozen=True, slots=True)
class Lists:
    """What registries list.

    Attributes:
        catalog: the repositories of a registry.
        tags: the tags of a repository.
        created: when the image of a tag was created.
    """

    catalog: Callable[[name.Registry], list[str]]
    tags: Callable[[name.Repository], list[str]]
    created: Callable[[name.Tag], Moment]


def planned(config: Config, lists: Lists, *, insecure: bool = False) -> Iterator[Item | Problem]:
    """The images of a file, entry by entry, and what is wrong; asks registries as it goes."""
    taken: dict[tuple[str, str], Item] = {}
    for entry in config.entries:
        for found in _of_entry(entry, lists, insecure):
            limits.current().check()
            if isinstance(found, Item):
                first = taken.setdefault((found.kind, found.target), found)
                if first.key != found.key:
                    text = f"another entry copies {first.source} there"
                    yield Problem(found.source, found.target, ConfigurationError(text))
                if first is not found:
                    continue
            yield found


def _of_entry(entry: Entry, lists: Lists, insecure: bool) -> Iterator[Item | Problem]:
    for source in entry.sources:
        if entry.kind == "image":
            reference = name.parse_reference(source, insecure=insecure)
            digest = reference.identifier() if isinstance(reference, name.Digest) else ""
            tag = _tag_of(source) if digest else reference.identifier()
            yield from _items(entry, source, reference.context(), tag, digest)
        elif entry.kind == "repository":
            repository = name.new_repository(source, insecure=insecure)
            yield from _of_repository(entry, repository, lists)
        else:
            registry = name.new_registry(source, insecure=insecure)
            yield from _of_registry(entry, registry, lists, insecure)


def _tag_of(source: str) -> str:
    """The tag of a reference that has a digest as well."""
    last = source.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2]


def _of_registry(
    entry: Entry, registry: name.Registry, lists: Lists, insecure: bool
) -> Iterator[Item | Problem]:
    try:
        paths = lists.catalog(registry)
    except Error as error:
        limits.current().check()
        yield Problem(registry.name(), "", error)
        return
    copies = [it.text for it in entry.targets if it.kind == "docker"]
    for path in sorted(paths):
        if not entry.repositories.allow(path):
            continue
        # Copies of a registry in itself would be copied again, one level deeper by each run.
        if any(f"{registry.name()}/{path}".startswith(f"{it}/") for it in copies):
            continue
        try:
            repository = _repository_of(registry, path, insecure)
        except InvalidReferenceError as error:
            yield Problem(f"{registry.name()}/{path}", "", error)
            continue
        yield from _of_repository(entry, repository, lists)


def _repository_of(registry: name.Registry, path: str, insecure: bool) -> name.Repository:
    # Go takes dots; in a folder, and in a URL, they would lead elsewhere.
    if any(part in ("", *_DOTS) for part in path.split("/")):
        raise InvalidReferenceError(f"{path!r} is no path of a repository")
    return name.new_repository(f"{registry.name()}/{path}", insecure=insecure)


def _of_repository(
    entry: Entry, repository: name.Repository, lists: Lists
) -> Iterator[Item | Problem]:
    problems: list[Problem] = []
    try:
        tags = _chosen(entry.tags, repository, lists, problems)
    except Error as error:
        limits.current().check()
        yield Problem(repository.name(), "", error)
        return
    yield from problems
    for tag in tags:
        try:
            source = repository.tag(tag).name()
        except InvalidReferenceError as error:
            yield Problem(f"{repository.name()}:{tag}", "", error)
            continue
        yield from _items(entry, source, repository, tag, "")


def _chosen(
    tags: Tags, repository: name.Repository, lists: Lists, problems: list[Problem]
) -> list[str]:
    """The tags that are meant; of which it is not known when they were created, is a problem."""
    unknown: set[str] = set()

    def created(tag: str) -> Moment:
        try:
            return lists.created(repository.tag(tag))
        except Error as error:
            limits.current().check()
            unknown.add(tag)
            problems.append(Problem(f"{repository.name()}:{tag}", "", error))
            return LONG_AGO

    chosen = tags.choose(lists.tags(repository), functools.cache(created))
    return [tag for tag in chosen if tag not in unknown]


def _items(
    entry: Entry, source: str, repository: name.Repository, tag: str, digest: str
) -> Iterator[Item | Problem]:
    for target in entry.targets:
        target_tag = target.tag or tag
        try:
            place, shown = _place(target, repository, target_tag, digest)
        except InvalidReferenceError as error:
            yield Problem(source, target.text, error)
            continue
        options = entry.options
        yield Item(source, repository, tag, digest, shown, target.kind, place, target_tag, options)


def _place(target: Target, repository: name.Repository, tag: str, digest: str) -> tuple[str, str]:
    """Where an image goes, and the same for people."""
    path = repository.repository_str()
    if target.kind == "docker":
        place = f"{target.text}/{path}" if target.is_prefix else target.text
        to = name.new_repository(place)
        shown = to.tag(tag).name() if tag else f"{to.name()}@{digest}"
        return place, shown
    if target.kind == "oci":
        called = f"{repository.name()}:{tag}" if tag else f"{repository.name()}@{digest}"
        return target.text, f"oci:{target.text}:{called}"
    if any(part in _DOTS for part in path.split("/")):
        raise InvalidReferenceError(f"{path!r} is no path of a repository")
    file = f"{tag or digest.replace(':', '-')}.tar"
    archive = str(PurePosixPath(target.text) / path / file)
    return archive, f"oci-archive:{archive}"
