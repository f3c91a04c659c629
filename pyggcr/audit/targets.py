"""What the targets of an audit stand for: tasks, one after the other, as far as they are needed.

A registry is listed page by page, and a repository by the task that reads it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from pyggcr import name
from pyggcr._dataclasses import dataclass
from pyggcr._os.file import read_file
from pyggcr.errors import Error, InvalidReferenceError
from pyggcr.store.transports import locate, names_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

__all__ = ["Place", "images_of_daemon", "places_of", "repositories_of"]

_LIST = "@"
_DAEMON = "docker-daemon:"
_OF_REGISTRY = "docker://"
_LIST_LIMIT = 256 << 20  # bytes
# A host without a slash behind it: what is no name of a repository on Docker Hub.
_HOST = re.compile(r"(localhost|[^/:@]*\.[^/:@]*|\[[0-9a-fA-F:]+\])(:[0-9]+)?/?|[^/:@]+:[0-9]+/")


@dataclass(frozen=True, slots=True)
class Place:
    """Something to audit.

    Attributes:
        kind: a whole registry, a repository, one image of a registry, all images of a Docker
            daemon, or an archive, which stands for everything else that is in no registry.
        name: of the registry or the repository in full; else as ``pyggcr.open`` takes it.
        identifier: of an image: its tag or digest.
    """

    kind: Literal["registry", "repository", "image", "daemon", "archive"]
    name: str
    identifier: str = ""

    @property
    def host(self) -> str:
        """Of the registry; empty for an archive and a daemon."""
        return "" if self.kind in ("archive", "daemon") else self.name.partition("/")[0]


def places_of(targets: Iterable[str | os.PathLike[str]]) -> Iterator[Place]:
    """What targets stand for, in their order.

    Args:
        targets: paths, or texts as the command line takes them; ``@FILE`` lists more, one a line.
            A line that makes no sense becomes a row.

    Raises:
        InvalidReferenceError, UnsupportedOptionError: a text makes no sense.
        FileAccessError: a list, or a folder, cannot be read.
    """
    for target in targets:
        text = os.fsdecode(target)
        if not isinstance(target, str):
            yield from _archives(text)
        elif text.startswith(_LIST):
            for line in _lines(text[len(_LIST) :]):
                try:
                    yield from _place(line)
                except Error:
                    yield Place("archive", line)  # reading it says the same, in a row
        else:
            yield from _place(text)


def _lines(path: str) -> Iterator[str]:
    """The lines of a file that are neither empty nor begin with ``#``."""
    for line in read_file(path, _LIST_LIMIT).decode("utf-8", "surrogateescape").splitlines():
        text = line.strip()
        if text and not text.startswith("#"):
            yield text


def _place(text: str) -> Iterator[Place]:
    if text == _DAEMON:
        yield Place("daemon", text)
        return
    named = text.removeprefix(_OF_REGISTRY)
    if _HOST.fullmatch(named) and (named != text or _can_be_host(text)):
        yield Place("registry", name.new_registry(named.rstrip("/")).name())
        return
    location = locate(text)
    if location.transport == "docker":
        yield _in_registry(location.name)
    elif location.transport == "path":
        yield from _archives(text)
    else:
        yield Place("archive", text)


def _can_be_host(text: str) -> bool:
    """Whether a text that looks like a host is none of a path, such as ``app.tar``."""
    return not os.path.lexists(text) and not names_path(text.rstrip("/"))


def _in_registry(text: str) -> Place:
    """An image if a tag or a digest is named, else the whole repository."""
    try:
        repository = name.new_repository(text)
    except InvalidReferenceError:
        reference = name.parse_reference(text)
        return Place("image", reference.context().name(), reference.identifier())
    return Place("repository", repository.name())


def _archives(path: str) -> Iterator[Place]:
    from pyggcr.doctor.targets import archives_of

    if not os.path.lexists(path):
        yield Place("archive", path)  # reading it says the same
        return
    for found in archives_of(path):
        yield Place("archive", found)


def images_of_daemon() -> Iterator[Place]:
    """The images of the Docker daemon.

    Raises:
        DaemonError: it does not list them.
    """
    from pyggcr import daemon

    for image in daemon.images():
        yield Place("archive", f"{_DAEMON}{image}")


def repositories_of(registry: str, options: dict[str, Any]) -> Iterator[str]:
    """The repositories of a registry, asked for page by page.

    Raises:
        TransportError: the registry refuses, as Docker Hub does.
    """
    from pyggcr import remote

    insecure = bool(options.get("insecure"))
    parsed = name.new_registry(registry, insecure=insecure)
    with remote.Puller(**options) as puller, puller.catalogger(parsed) as pages:
        for page in pages:
            for path in page.repos:
                yield f"{registry}/{path}"
