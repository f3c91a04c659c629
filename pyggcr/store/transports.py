"""Parses the names that containers-transports(5) gives to images: ``docker-daemon:app:1``.

Only the text is parsed here; ``store`` and the command line open what it names. A path that begins
like a transport can be written as ``./oci:x``.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from pyggcr._dataclasses import dataclass
from pyggcr.errors import UnsupportedOptionError

__all__ = [
    "TRANSPORTS",
    "Location",
    "Transport",
    "known_transports",
    "parse_location",
    "resembles_transport",
]

Transport = Literal["docker", "docker-archive", "docker-daemon", "oci", "oci-archive"]
TRANSPORTS: tuple[str, ...] = get_args(Transport)

# What containers-transports(5) knows and nobody here serves.
_FOREIGN = ("atomic", "containers-storage", "dir", "docker-tarball", "ostree", "sif", "tarball")

_TRANSPORT = re.compile(r"([a-z][a-z0-9-]*):(.*)", re.DOTALL)
_AT_POSITION = re.compile(r"@([0-9]{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Location:
    """Where an image is, in the words of containers-transports(5).

    Attributes:
        transport: which kind of location.
        name: the path; of an engine or a registry, the image's name, or its ID (``sha256:…``).
        reference: which image of an archive or layout; empty if none is named.
        position: the same by number, from 0.
    """

    transport: Transport
    name: str
    reference: str = ""
    position: int | None = None


def parse_location(text: str) -> Location | None:
    """The location that a text names; ``None`` for one that is the path of a file or folder.

    Raises:
        UnsupportedOptionError: the transport is one that nobody here serves, or what follows it
            makes no sense.
    """
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


def _location(transport: Transport, rest: str, text: str) -> Location:
    if transport == "docker":
        if not rest.startswith("//"):
            raise UnsupportedOptionError(f"{text}: docker: must be followed by //")
        rest = rest[2:]
    if not rest:
        raise UnsupportedOptionError(f"{text}: nothing is named after the transport")
    if transport in ("docker", "docker-daemon"):
        return Location(transport, rest)
    # No path of these has a colon in it.
    path, _, reference = rest.partition(":")
    if not path:
        raise UnsupportedOptionError(f"{text}: no path is named")
    if position := _AT_POSITION.fullmatch(reference):
        return Location(transport, path, position=int(position[1]))
    return Location(transport, path, reference)


def names_location(text: str) -> bool:
    """Whether a text names a location, well or not, and is no path."""
    found = _TRANSPORT.fullmatch(text)
    return found is not None and (found[1] in TRANSPORTS or found[1] in _FOREIGN)


def resembles_transport(text: str) -> bool:
    """Whether a text, which is no path of a file, may have been meant as a transport's."""
    return _TRANSPORT.fullmatch(text) is not None


def known_transports() -> str:
    """The transports that there are, for an error."""
    return ", ".join("docker://" if name == "docker" else f"{name}:" for name in TRANSPORTS)
