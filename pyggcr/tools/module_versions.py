"""Versions of Go modules: releases, candidates, and commits between releases.

Of a commit only the releases before and behind it are known, so it is a range: what both ends of
it do, the commit does too.
"""

from __future__ import annotations

import re

from pyggcr._dataclasses import dataclass

__all__ = ["UNKNOWN", "VersionRange", "is_release", "numbers_of", "range_of"]

_RELEASE = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,3})", re.ASCII)
_MODULE = re.compile(
    r"v?(?P<numbers>(\d{1,9})\.(\d{1,9})\.(\d{1,9}))"
    r"(?:-(?P<before>[0-9A-Za-z.-]+))?(?:\+incompatible)?",
    re.ASCII,
)
# v1.2.4-0.20240102030405-0123456789ab is a commit behind v1.2.3.
_COMMIT = re.compile(r"0\.\d{14}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The releases between which a version is.

    Attributes:
        low: the newest that it has everything of; empty if nothing is known.
        high: the oldest that has everything of it.
    """

    low: str = ""
    high: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return bool(self.low)


UNKNOWN = VersionRange()


def numbers_of(version: str) -> tuple[int, ...]:
    """The numbers of a release, for sorting: three at least.

    >>> numbers_of("v0.18")
    (0, 18, 0)

    Raises:
        ValueError: it is no release.
    """
    found = _RELEASE.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is not a version such as 0.18.0")
    numbers = tuple(map(int, found[1].split(".")))
    return numbers + (0,) * (3 - len(numbers))


def is_release(version: str) -> bool:
    """Whether it is a release, and no candidate or commit."""
    return bool(_RELEASE.fullmatch(version))


def range_of(version: str, releases: tuple[str, ...]) -> VersionRange:
    """The releases that a version of a module is between.

    Args:
        version: such as ``v0.17.0`` or ``v0.17.1-0.20240101000000-0123456789ab``.
        releases: those of the module, in order.
    """
    if is_release(version):
        plain = version.removeprefix("v")
        return VersionRange(plain, plain)
    found = _MODULE.fullmatch(version)
    if not found:
        return UNKNOWN
    numbers = numbers_of(found["numbers"])
    if found["before"] is None:
        return VersionRange(found["numbers"], found["numbers"])
    older = [release for release in releases if numbers_of(release) < numbers]
    if not any(numbers) or not older:
        return UNKNOWN  # such as a commit of a module that had no release before it
    if _COMMIT.fullmatch(found["before"]):
        # It is called after the next patch, whatever is released next.
        newer = [release for release in releases if numbers_of(release) >= numbers]
        return VersionRange(older[-1], newer[0] if newer else older[-1])
    return VersionRange(older[-1], found["numbers"])
