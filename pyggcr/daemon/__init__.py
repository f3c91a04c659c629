"""Images of Docker daemons: pkg/v1/daemon.

Both engines behave as Go does, upstream bugs included; docs/daemon.md says what the config of such
an image is made of. References are texts or parsed names.

The functions take the keyword arguments that ``Options`` lists (Go's ``WithClient`` and
``WithContext``); those that Go's package lacks take all but ``engine``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from pyggcr import limits, name, v1
from pyggcr._dataclasses import asdict, replace
from pyggcr._values.daemon import (
    TLS_OPTIONS,
    Buffer,
    ConnectionOptions,
    DaemonInfo,
    DaemonOptions,
    Endpoint,
    Options,
)
from pyggcr.daemon.endpoint import resolve
from pyggcr.engine import gzip_profile_for, select, supplement
from pyggcr.errors import DaemonError
from pyggcr.limits import check_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, TypeVar

    from typing_extensions import Unpack
else:
    from pyggcr._typing import TypeVar

__all__ = [
    "DaemonInfo",
    "Options",
    "image",
    "info",
    "load",
    "loaded_images",
    "save",
    "tag",
    "write",
]

_T = TypeVar("_T")

# Of what the supplement does: the Go library need not be loaded.
_ONLY = "python"


def image(
    reference: name.Reference | str,
    *,
    buffer: Buffer = "file",
    folder: str | os.PathLike[str] | None = None,
    opener: Callable[[], BinaryIO] | None = None,
    **options: Unpack[Options],
) -> v1.Image:
    """Return an image of the Docker daemon (``daemon.Image``).

    The image ID is requested at once, and the archive when it is needed. The config file is put
    together from the daemon's description, everything else is read from the archive. Close the
    image to release the archive.

    Args:
        reference: the name of the image, such as ``app:1``.
        buffer: where the archive is kept: in a ``file`` without a name
            (``WithFileBufferedOpener``), in ``memory`` (``WithBufferedOpener``), or ``none``, which
            requests it again for each access (``WithUnbufferedOpener``); default ``file``.
        folder: where the file is made; default: the system's folder for temporary files.
        opener: a function that opens the archive instead of requesting it; default none.
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Returns:
        The image.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonImageNotFoundError: the daemon has no such image.
        DaemonError: the daemon refused the request, or broke off its answer.
        InvalidReferenceError: a text is not a reference.
        InvalidHashError: the ID that the daemon names is not a digest.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: a reference or an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with _connected(options) as to:
        settings = replace(
            to.options,
            buffer=buffer,
            folder=os.fsdecode(folder) if folder else None,
            opener=opener,
        )
        return to.engine.daemon.image(
            reference=_reference(reference),
            options=settings,
            gzip_profile=gzip_profile_for(to.engine, None),
        )


def write(tag: name.Tag | str, image: v1.Image, **options: Unpack[Options]) -> str:
    """Load an image into the Docker daemon under a name (``daemon.Write``).

    If the daemon has the image already, it only gets the tag.

    Args:
        tag: the name for the image, such as ``app:1``.
        image: the image.
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Returns:
        What the daemon reported, one JSON document per line; empty if nothing had to be loaded. As
        in Go, it may report a failure, which ``loaded_images`` finds.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonImageNotFoundError: the daemon has no such image.
        DaemonError: the daemon refused the request, or broke off its answer.
        InvalidReferenceError: a text is not a reference.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: a reference or an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    if not isinstance(image, v1.Image):
        raise TypeError(f"expected an image, not {type(image).__name__}")
    with _connected(options) as to:
        return to.engine.daemon.write(tag=_tag(tag), image=image, options=to.options)


def tag(source: name.Tag | str, target: name.Tag | str, **options: Unpack[Options]) -> None:
    """Give an image of the Docker daemon another name (``daemon.Tag``).

    Args:
        source: the name of the image.
        target: the new name.
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonImageNotFoundError: the daemon has no such image.
        DaemonError: the daemon refused the request, or broke off its answer.
        InvalidReferenceError: a text is not a reference.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: a reference or an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with _connected(options) as to:
        to.engine.daemon.tag(source=_tag(source), target=_tag(target), options=to.options)


def info(**options: Unpack[ConnectionOptions]) -> DaemonInfo:
    """Return the versions of the Docker daemon, and how it stores images.

    Go's package has no such function; one implementation serves both engines.

    Args:
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Returns:
        The description.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonError: the daemon refused the request, or broke off its answer.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        return supplement().daemon_info(options=to.options)


def images(**options: Unpack[ConnectionOptions]) -> list[str]:
    """List the images of the Docker daemon.

    Go's package has no such function; one implementation serves both engines.

    Args:
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Returns:
        All names of each image; the image ID of an image without a name.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonError: the daemon refused the request, or broke off its answer.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        return supplement().daemon_images(options=to.options)


def save(
    references: Sequence[name.Reference | str] | name.Reference | str,
    **options: Unpack[ConnectionOptions],
) -> io.RawIOBase:
    """Save images of the Docker daemon as one archive.

    Go's package has no such function; one implementation serves both engines.

    Args:
        references: names or image IDs (``sha256:…``), or one of them.
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Returns:
        The archive as the daemon sends it; the caller closes the stream.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonImageNotFoundError: the daemon has no such image.
        DaemonError: the daemon refused the request, or broke off its answer.
        InvalidReferenceError: a text is not a reference.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: a reference or an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        # A text is a sequence of texts, too: of its letters.
        several = [references] if isinstance(references, str | name.Reference) else references
        names = [it if isinstance(it, str) else _reference(it).name() for it in several]
        return supplement().daemon_save(names=names, options=to.options)


def load(archive: BinaryIO | io.RawIOBase, **options: Unpack[ConnectionOptions]) -> str:
    """Load an archive into the Docker daemon.

    Go's package has no such function; one implementation serves both engines.

    Args:
        archive: the archive, opened for reading bytes.
        options: which daemon to talk to, and limits; ``Options`` lists them.

    Returns:
        What the daemon reported, as ``write`` returns it.

    Raises:
        DaemonUnavailableError: there is no Docker daemon, or it may not be talked to.
        DaemonError: the daemon refused the request, or broke off its answer.
        UnsupportedOptionError: options contradict each other, or the address cannot be used.
        TypeError: an option has the wrong type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        return supplement().daemon_load(archive=archive, options=to.options)


def loaded_images(said: str) -> list[str]:
    """Find the names of loaded images in what a daemon reported.

    Args:
        said: what ``write`` or ``load`` returned.

    Returns:
        The names; the image IDs of images without a name.

    Raises:
        DaemonError: the daemon reported a failure, which Go's ``daemon.Write`` does not notice.

    >>> loaded_images('{"stream": "Loaded image: app:1"}')
    ['app:1']
    """
    found = []
    for line in said.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # old daemons send plain text as well
        if not isinstance(told, dict):
            continue
        if failure := told.get("error"):
            raise DaemonError(str(failure))
        label, separator, loaded = str(told.get("stream", "")).partition(": ")
        if separator and label in ("Loaded image", "Loaded image ID"):
            found.append(loaded.strip())
    return found


class _Connection:
    """An engine, and the options that say which Docker daemon to talk to."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.engine = select(options.pop("engine", None))
        endpoint = resolve(options.pop("host", None), options.pop("context", None))
        self.options = _daemon_options(endpoint, options)


def _daemon_options(endpoint: Endpoint, given: dict[str, Any]) -> DaemonOptions:
    """The options of an address; what is given by the caller comes first."""
    check_known(given, {*Options.__annotations__, *DaemonOptions.__annotations__})
    known = {
        key: os.fspath(value) if isinstance(value, os.PathLike) else value
        for key, value in given.items()
        if value is not None
    }
    settings = {**asdict(endpoint), **known}
    if any(key in known for key in TLS_OPTIONS) and not endpoint.host.startswith("unix:"):
        settings["tls"] = True
    return DaemonOptions(**settings)


@contextlib.contextmanager
def _connected(options: Mapping[str, Any]) -> Iterator[_Connection]:
    """The way to a Docker engine for one call, and the limits that the call has."""
    given, rest = limits.split(options)
    with limits.limit(**given):
        yield _Connection(rest)


def _reference(reference: name.Reference | str) -> name.Reference:
    if isinstance(reference, str):
        return name.parse_reference(reference)
    return _checked(reference, name.Reference)


def _tag(tag: name.Tag | str) -> name.Tag:
    return name.new_tag(tag) if isinstance(tag, str) else _checked(tag, name.Tag)


def _checked(given: _T, kind: type) -> _T:
    """What was given parsed, if it is that; ``str()`` would make a name of anything."""
    if not isinstance(given, kind):
        raise TypeError(f"expected a text or a {kind.__name__}, not {type(given).__name__}")
    return given
