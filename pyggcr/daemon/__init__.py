"""Images of Docker engines: pkg/v1/daemon.

The door for both engines of this package; it behaves as Go does, faults included: what the config
of such an image is made of, docs/daemon.md tells. References are texts or parsed names.

All functions take these keyword arguments (Go's ``WithClient`` and ``WithContext``):

* ``host``, ``context``: where the Docker engine listens (``unix:///…``, ``tcp://…``), or a context
  of docker's; without, what docker's command line would take (``pyggcr.daemon.endpoint``).
* ``ca_file``, ``client_certificate``, ``client_key``, ``verify``: of TLS, in place of what comes
  with the context or DOCKER_CERT_PATH; any of them turns TLS on.
* ``api_version``: the version of the API to speak, in place of one that both know.
* ``engine``: ``go`` or ``python``; ``None`` for the engine in force.
* ``timeout`` in seconds, ``cancel``, ``progress``: as in ``pyggcr.limits.limit``.

What they all raise:

* ``DaemonUnavailableError``: there is no Docker engine, or it may not be talked to.
* ``DaemonImageNotFoundError``: it has no such image.
* ``DaemonError``: it refused, or broke off.
* ``InvalidReferenceError``: a text is not a reference.
* ``UnsupportedOptionError``: options contradict each other, or the address cannot be used.
* ``TypeError``: a reference or an image is of another type.
* ``CancelledError``, ``DeadlineExceededError``: the call was stopped.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict, TypeVar

from pyggcr import limits, name, v1
from pyggcr._values.daemon import Buffer, DaemonInfo, DaemonOptions, Endpoint
from pyggcr.daemon.endpoint import resolve
from pyggcr.engine import gzip_profile_for, select
from pyggcr.errors import DaemonError

if TYPE_CHECKING:
    from typing_extensions import Unpack

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

_LIMITS = ("timeout", "cancel", "progress")
_OF_TLS = ("verify", "ca_file", "client_certificate", "client_key")
# What Go's package has no such thing of, one engine does.
_ONLY = "python"


class PlaceOptions(TypedDict, total=False):
    """Which Docker engine, and limits on the call; see the module for what each one means."""

    host: str | None
    context: str | None
    verify: bool
    ca_file: str | os.PathLike[str] | None
    client_certificate: str | os.PathLike[str] | None
    client_key: str | os.PathLike[str] | None
    api_version: str | None
    timeout: float | None
    cancel: limits.CancelToken | None
    progress: Callable[[limits.Progress], None] | None


class Options(PlaceOptions, total=False):
    """All options of a function that both engines have."""

    engine: str | None


def image(
    reference: name.Reference | str,
    *,
    buffer: Buffer = "file",
    folder: str | os.PathLike[str] | None = None,
    opener: Callable[[], BinaryIO] | None = None,
    **options: Unpack[Options],
) -> v1.Image:
    """The image that the Docker engine has under a name (``daemon.Image``).

    Its ID is asked for at once, and the archive when something else is. ``ConfigFile`` is put
    together from what the engine tells, everything else is read from the archive. Close the image
    to let go of the archive.

    Args:
        reference: the name.
        buffer: keep the archive in a ``file`` without a name (``WithFileBufferedOpener``), in
            ``memory`` (``WithBufferedOpener``), or, ``none``, ask the engine for it at each access
            (``WithUnbufferedOpener``).
        folder: where the file is made, if not where the system has its temporary files.
        opener: opens the archive, in place of asking the engine for it.
        options: see the module.
    """
    with _connected(options) as to:
        settings = replace(
            to.options,
            buffer=buffer,
            folder=os.fsdecode(folder) if folder else None,
            opener=opener,
        )
        return to.image(_reference(reference), settings)


def write(tag: name.Tag | str, image: v1.Image, **options: Unpack[Options]) -> str:
    """Load an image into the Docker engine, under a name (``daemon.Write``).

    If the engine has the image already, it only gets the tag.

    Returns:
        What the engine said, one JSON document a line; empty if nothing had to be loaded. As in Go,
        it may be that loading failed: ``loaded_images`` finds out.
    """
    if not isinstance(image, v1.Image):
        raise TypeError(f"expected an image, not {type(image).__name__}")
    with _connected(options) as to:
        said: str = to.door.write(_tag(tag), image, to.options)
        return said


def tag(source: name.Tag | str, target: name.Tag | str, **options: Unpack[Options]) -> None:
    """Give an image that the Docker engine has another name (``daemon.Tag``)."""
    with _connected(options) as to:
        to.door.tag(_tag(source), _tag(target), to.options)


def info(**options: Unpack[PlaceOptions]) -> DaemonInfo:
    """What the Docker engine says of itself: versions and where it keeps images.

    Go's package has no such function; the Python engine does it.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        told: DaemonInfo = to.door.info(to.options)
        return told


def save(
    references: Sequence[name.Reference | str] | name.Reference | str,
    **options: Unpack[PlaceOptions],
) -> io.RawIOBase:
    """The archive of some images, as the Docker engine sends it; a stream to be closed.

    Go's package has no such function; the Python engine does it.

    Args:
        references: names, or image IDs (``sha256:…``); or one of them.
        options: see the module.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        # A text is a sequence of texts, too: of its letters.
        several = [references] if isinstance(references, str | name.Reference) else references
        names = [it if isinstance(it, str) else _reference(it).name() for it in several]
        sent: io.RawIOBase = to.door.save(names, to.options)
        return sent


def load(archive: BinaryIO | io.RawIOBase, **options: Unpack[PlaceOptions]) -> str:
    """Load an archive into the Docker engine; what it said, as ``write`` returns it.

    Go's package has no such function; the Python engine does it.
    """
    with _connected({**options, "engine": _ONLY}) as to:
        said: str = to.door.load(archive, to.options)
        return said


def loaded_images(said: str) -> list[str]:
    """The names, and IDs of what has none, that an engine says it has loaded.

    Args:
        said: what ``write`` or ``load`` returned.

    Raises:
        DaemonError: the engine says that it failed, which Go's ``daemon.Write`` does not notice.
    """
    found = []
    for line in said.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # old engines send plain text as well
        if not isinstance(told, dict):
            continue
        if failure := told.get("error"):
            raise DaemonError(str(failure))
        label, separator, loaded = str(told.get("stream", "")).partition(": ")
        if separator and label in ("Loaded image", "Loaded image ID"):
            found.append(loaded.strip())
    return found


class _Connection:
    """An engine's door to the Docker engine, and the options that say which one it is."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._engine = select(options.pop("engine", None))
        endpoint = resolve(options.pop("host", None), options.pop("context", None))
        self.options = _daemon_options(endpoint, options)

    @property
    def door(self) -> Any:
        """The engine's module for Docker engines."""
        return self._engine.daemon

    def image(self, reference: name.Reference, options: DaemonOptions) -> v1.Image:
        """An image; the Python engine is told whose gzip bytes to write."""
        profile = gzip_profile_for(self._engine, None)
        chosen = {} if profile is None else {"gzip_profile": profile}
        found: v1.Image = self.door.image(reference, options, **chosen)
        return found


def _daemon_options(endpoint: Endpoint, given: dict[str, Any]) -> DaemonOptions:
    """The options of an address; what is given by the caller comes first."""
    known = {
        key: os.fspath(value) if isinstance(value, os.PathLike) else value
        for key, value in given.items()
        if value is not None
    }
    settings = {**asdict(endpoint), **known}
    if any(key in known for key in _OF_TLS) and not endpoint.host.startswith("unix:"):
        settings["tls"] = True
    return DaemonOptions(**settings)


@contextlib.contextmanager
def _connected(options: Any) -> Iterator[_Connection]:
    """The way to a Docker engine for one call, and the limits that the call has."""
    rest: dict[str, Any] = dict(options)
    given = {key: rest.pop(key) for key in _LIMITS if key in rest}
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
