"""What a text means that names an image: a path, ``-``, a reference, a name with a transport.

The transports are those of containers-transports(5): ``docker-daemon:app:1``. Only the text is
parsed here; ``locations`` opens what it names and ``writing`` writes there. A path that begins like
a transport can be written as ``./oci:x``.
"""

from __future__ import annotations

import os
import re
from typing import Literal, get_args

from pyggcr._dataclasses import dataclass
from pyggcr.errors import InvalidReferenceError, UnsupportedOptionError

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
    """Where an image is, in the words of containers-transports(5).

    Attributes:
        transport: which kind of location; ``path`` for a file or a folder, whatever is in it.
        name: the path; of an engine or a registry, the image's name, or its ID (``sha256:…``).
        reference: which image of an archive or layout; empty if none is named.
        position: the same by number, from 0.
    """

    transport: Kind
    name: str
    reference: str = ""
    position: int | None = None


def locate(text: str, *, bare: Literal["image", "path"] = "image") -> Location:
    """The location that a text names, whatever its form.

    Args:
        text: as a user wrote it.
        bare: what a word is that may be both, such as ``app``, and names no file that is there.

    Raises:
        UnsupportedOptionError: it is a URL, or as for ``parse_location``.
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
    """The location that a text with a transport names; ``None`` for a path or a reference.

    Raises:
        UnsupportedOptionError: the transport is one that nobody here serves, what follows it
            makes no sense, or the text is a URL.
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
    """Whether a text without a transport names a file: one that is there, or what can be no image.

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
    """Whether a text, which is taken for a path, looks like an image in a registry.

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
    """A reference in a registry, a repository or a registry, without ``docker://`` before it.

    Raises:
        UnsupportedOptionError: another location is named, or a file, or it is a URL.
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
    """Whether a text, which is no path of a file, may have been meant as a transport's."""
    return _TRANSPORT.fullmatch(text) is not None


def known_transports() -> str:
    """The transports that there are, for an error."""
    return ", ".join("docker://" if name == "docker" else f"{name}:" for name in TRANSPORTS)
