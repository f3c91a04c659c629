"""Parse the name of an image: a path, ``-``, a reference, or a name with a transport.

The transports are those of containers-transports(5), such as ``docker-daemon:app:1``. This module
only parses; ``pyggcr.open`` opens a location. A path that begins like a transport can be written
as ``./oci:x``. There is no Go counterpart.
"""

from __future__ import annotations

import os
import re

from pyggcr._dataclasses import dataclass
from pyggcr.errors import InvalidReferenceError, UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, get_args
else:
    from pyggcr._typing import Literal, get_args


__all__ = [
    "STANDARD",
    "TRANSPORTS",
    "Location",
    "Transport",
    "known_transports",
    "locate",
    "names_path",
    "parse_location",
    "resembles_reference",
    "resembles_transport",
    "without_transport",
]

STANDARD = "-"  # standard input or output

Transport = Literal["docker", "docker-archive", "docker-daemon", "oci", "oci-archive", "dir"]
TRANSPORTS: tuple[str, ...] = get_args(Transport)
Kind = Literal[Transport, "path", "standard"]

# What containers-transports(5) knows and nobody here serves.
_FOREIGN = ("atomic", "containers-storage", "docker-tarball", "ostree", "sif", "tarball")

_TRANSPORT = re.compile(r"([a-z][a-z0-9-]*):(.*)", re.DOTALL)
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.DOTALL | re.IGNORECASE)
_AT_POSITION = re.compile(r"@([0-9]{1,9})", re.ASCII)
_OF_REGISTRY = "docker://"
_SCHEMES_OF_REGISTRIES = ("http", "https", "oci", "docker")
_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True, slots=True)
class Location:
    """Where an image is, as in containers-transports(5).

    Attributes:
        transport: the kind of location: a transport, ``path`` for any file or folder, or
            ``standard`` for standard input or output.
        name: the path; for a daemon or a registry, the name of the image or its ID
            (``sha256:…``).
        reference: the name of one image in an archive or layout; empty if none is given.
        position: the number of one image in an archive or layout, from 0 (``oci:path:@0``);
            ``None`` if none is given.
    """

    transport: Kind
    name: str
    reference: str = ""
    position: int | None = None


def locate(text: str, *, bare: Literal["image", "path"] = "image") -> Location:
    """Parse the name of an image in any form.

    Args:
        text: a path, ``-`` for standard input or output, a reference, or a name with a transport.
        bare: how to take a text without a transport that ``names_path`` does not call a path, such
            as ``app``: as an ``image`` in a registry (the default), or as a ``path``.

    Returns:
        The location.

    Raises:
        UnsupportedOptionError: the transport is not supported, the text after it is not valid, or
            the text is a URL.

    >>> locate("oci:images:app")
    Location(transport='oci', name='images', reference='app', position=None)
    >>> locate("registry.example.com/app:1").transport
    'docker'
    """
    if text == STANDARD:
        return Location("standard", text)
    found = parse_location(text)
    if found is not None:
        return found
    if bare == "path" or names_path(text):
        return Location("path", text)
    return Location("docker", text)


def parse_location(text: str) -> Location | None:
    """Parse a name with a transport.

    Args:
        text: such as ``docker-archive:app.tar:app:1``.

    Returns:
        The location; ``None`` if the text does not begin with a transport, as a path or a
        reference does not.

    Raises:
        UnsupportedOptionError: containers-transports(5) has the transport, but pyggcr does not
            support it; the text after it is not valid; or the text is a URL.

    >>> parse_location("docker-archive:app.tar:app:1")
    Location(transport='docker-archive', name='app.tar', reference='app:1', position=None)
    >>> parse_location("app.tar") is None
    True
    """
    _refuse_url(text)
    found = _TRANSPORT.fullmatch(text)
    if found is None:
        return None
    transport, rest = found[1], found[2]
    if transport in _FOREIGN:
        raise UnsupportedOptionError(
            f'the transport "{transport}:" is not supported; known are {known_transports()}'
        )
    if transport not in TRANSPORTS:
        return None
    return _location(transport, rest, text)  # type: ignore[arg-type]


def _refuse_url(text: str) -> None:
    found = _URL.fullmatch(text)
    if found is None or text.startswith(_OF_REGISTRY):
        return
    scheme = found[1].lower()
    if scheme == "file":
        raise UnsupportedOptionError(f"{text} is a URL; a file is named by its path, {found[2]}")
    if scheme in _SCHEMES_OF_REGISTRIES or scheme not in (*TRANSPORTS, *_FOREIGN):
        raise UnsupportedOptionError(
            f"{text} is a URL, not an image reference; an image in a registry is called "
            f"{found[2]}, without a scheme, or {_OF_REGISTRY}{found[2]}"
        )


def _location(transport: Transport, rest: str, text: str) -> Location:
    if transport == "docker":
        if not rest.startswith("//"):
            raise UnsupportedOptionError(f"{text}: docker: must be followed by //")
        rest = rest[2:]
        _refuse_url(rest)
    if not rest:
        raise UnsupportedOptionError(f"{text}: nothing is named after the transport")
    if transport in ("docker", "docker-daemon", "dir"):
        return Location(transport, rest)
    # No path of these has a colon in it.
    path, _, reference = rest.partition(":")
    if not path:
        raise UnsupportedOptionError(f"{text}: no path is named")
    if position := _AT_POSITION.fullmatch(reference):
        return Location(transport, path, position=int(position[1]))
    return Location(transport, path, reference)


def names_path(text: str) -> bool:
    """Tell whether a text without a transport is a path.

    Args:
        text: a path or a reference.

    Returns:
        Whether a file of this name exists, the text looks like a path (``./app``, ``app.tar``), or
        it cannot be the name of an image.

    >>> names_path("app.tar"), names_path("./app"), names_path("registry.example.com/app:1")
    (True, True, False)
    """
    return (
        text.startswith((".", "/", "~"))
        or text.endswith((*_SUFFIXES, "/"))
        or os.path.lexists(text)
        or not (_is_reference(text) or _begins_with_registry(text))
    )


def _begins_with_registry(text: str) -> bool:
    """Whether a text begins with a host, and no folder is called so: a reference, well or not."""
    first, slash, _ = text.partition("/")
    is_host = "." in first or ":" in first or first == "localhost"
    return slash != "" and is_host and not os.path.isdir(first)  # noqa: PTH112


def resembles_reference(text: str) -> bool:
    """Tell whether a text that is used as a path looks like an image in a registry.

    Args:
        text: the path.

    Returns:
        Whether it is a reference that begins with a host, and no folder has the name of the host.

    >>> resembles_reference("localhost:5000/app:1"), resembles_reference("out/app.tar")
    (True, False)
    """
    return (
        _begins_with_registry(text)
        and not text.startswith((".", "/", "~"))
        and not text.endswith((*_SUFFIXES, "/"))
        and _is_reference(text)
    )


def _is_reference(text: str) -> bool:
    from pyggcr import name

    try:
        name.parse_reference(text)
    except InvalidReferenceError:
        return False
    return True


def names_location(text: str) -> bool:
    """Whether a text names a location, well or not, and is no path."""
    found = _TRANSPORT.fullmatch(text)
    return found is not None and (found[1] in TRANSPORTS or found[1] in _FOREIGN)


def without_transport(text: str) -> str:
    """Remove ``docker://`` from the name of an image, a repository or a registry.

    Args:
        text: the name, with or without ``docker://``.

    Returns:
        The name without ``docker://``.

    Raises:
        UnsupportedOptionError: the text has another transport, is the path of a file, or is a URL.

    >>> without_transport("docker://registry.example.com/app:1")
    'registry.example.com/app:1'
    """
    location = parse_location(text)
    if location is None:
        if (
            text == STANDARD
            or text.startswith((".", "/", "~"))
            or (
                text.endswith(_SUFFIXES) and os.path.isfile(text)  # noqa: PTH113
            )
        ):
            raise UnsupportedOptionError(
                f"{text}: this works on registries alone, not on files; pyggcr push "
                f"{text} REFERENCE brings an image there"
            )
        return text
    if location.transport != "docker":
        raise UnsupportedOptionError(
            f"{text}: this works on registries alone, and {location.transport}: is none"
        )
    return location.name


def resembles_transport(text: str) -> bool:
    """Tell whether a text begins with what looks like a transport, known or not.

    Args:
        text: the text, for which no file exists.

    Returns:
        Whether it begins with a word in lower case and a colon.

    >>> resembles_transport("ocl:images"), resembles_transport("./images")
    (True, False)
    """
    return _TRANSPORT.fullmatch(text) is not None


def known_transports() -> str:
    """List the transports that pyggcr supports, for the text of an error.

    Returns:
        The transports, each with its colon, separated by commas.
    """
    return ", ".join("docker://" if name == "docker" else f"{name}:" for name in TRANSPORTS)
