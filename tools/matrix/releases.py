"""Which releases of crane are tried, and by which Go they are built.

The newest patch of each minor version from v0.14 on; and where what fails has changed in
between (v0.19, and patches of v0.21 and v0.22), both sides of each change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "BOUNDARIES",
    "GO_LINES",
    "MINORS",
    "MODULE",
    "RELEASES",
    "Crane",
    "all_cranes",
    "spans",
    "tried",
]

MODULE = "github.com/google/go-containerregistry"

# By the gzip profile of each: the Go releases, which write other gzip bytes.
GO_LINES = {"go1.26": "go1.26.8", "go1.27": "go1.27.3"}

MINORS = (
    "0.14.0",
    "0.15.2",
    "0.16.1",
    "0.17.0",
    "0.18.0",
    "0.19.2",
    "0.20.8",
    "0.21.9",
    "0.22.1",
)
# Built by the first Go only: what fails does not depend on it.
BOUNDARIES = ("0.19.0", "0.21.2", "0.21.3", "0.21.5", "0.21.6", "0.21.7", "0.21.8", "0.22.0")


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


RELEASES = tuple(sorted((*MINORS, *BOUNDARIES), key=_numbers))


@dataclass(frozen=True)
class Crane:
    """One build of crane.

    Attributes:
        release: such as ``0.22.1``.
        line: whose gzip it has, a key of ``GO_LINES``.
    """

    release: str
    line: str

    @property
    def go(self) -> str:
        """The release of Go that builds it."""
        return GO_LINES[self.line]

    @property
    def program(self) -> str:
        """The name of the executable."""
        return f"crane-{self.release}-{self.go}"


def tried(line: str) -> tuple[str, ...]:
    """The releases that are built by the Go of a line."""
    return RELEASES if line == next(iter(GO_LINES)) else MINORS


def all_cranes() -> list[Crane]:
    """Every build, newest releases first: they share most of what the compiler keeps."""
    return [
        Crane(release, line)
        for release in reversed(RELEASES)
        for line in GO_LINES
        if release in tried(line)
    ]


def spans(releases: Iterable[str], known: Sequence[str]) -> str:
    """Releases in words: ``0.14.0-0.18.0, 0.22.1``.

    Args:
        releases: which.
        known: all that there are, in order; a dash is for those in between.
    """
    parts: list[list[int]] = []
    for place in sorted(map(known.index, releases)):
        if parts and place == parts[-1][-1] + 1:
            parts[-1].append(place)
        else:
            parts.append([place])
    ends = [dict.fromkeys((known[part[0]], known[part[-1]])) for part in parts]
    return ", ".join(map("-".join, ends))
