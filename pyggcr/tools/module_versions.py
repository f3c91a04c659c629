"""Versions of Go modules: releases, candidates, and commits between releases.

Of a commit only the releases before and after it are known, so it is a range: what both ends of it
do, the commit does too.
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
        low: the newest release that it contains completely; empty if nothing is known.
        high: the oldest release that contains it completely.
    """

    low: str = ""
    high: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the range is known."""
        return bool(self.low)


UNKNOWN = VersionRange()


def numbers_of(version: str) -> tuple[int, ...]:
    """Split a release into numbers, for sorting.

    Args:
        version: such as ``v0.18``.

    Returns:
        Three numbers at least.

    Raises:
        ValueError: the text is not a release.

    Examples:
        >>> numbers_of("v0.18")
        (0, 18, 0)
    """
    found = _RELEASE.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is not a version such as 0.18.0")
    numbers = tuple(map(int, found[1].split(".")))
    return numbers + (0,) * (3 - len(numbers))


def is_release(version: str) -> bool:
    """Tell whether a version is a release, and not a candidate or commit.

    Args:
        version: the version.

    Returns:
        True for a release.
    """
    return bool(_RELEASE.fullmatch(version))


def range_of(version: str, releases: tuple[str, ...]) -> VersionRange:
    """Find the releases that a version of a module is between.

    Args:
        version: such as ``v0.17.0`` or ``v0.17.1-0.20240101000000-0123456789ab``.
        releases: the releases of the module, in order.

    Returns:
        The range.
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
