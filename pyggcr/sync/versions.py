"""Versions (semver.org 2.0.0) and ranges of them, as tags and users write them.

A tag may begin with ``v`` and may leave out minor and patch: ``v1.2`` is 1.2.0. Numbers may begin
with zeros, as in ``22.04``. ``+``, which no tag can have, may be ``_``, as Helm writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import total_ordering

from pyggcr._dataclasses import dataclass
from pyggcr.errors import ConfigurationError

__all__ = ["Range", "Version", "parse_range", "parse_version"]

_LONGEST = 256
_NUMBER = r"[0-9]{1,18}"
_WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"[vV]?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?(?:-({_WORDS}))?(?:[+_]({_WORDS}))?",
    re.ASCII,
)
_PARTIAL = re.compile(
    rf"[vV]?({_NUMBER}|[xX*])(?:\.({_NUMBER}|[xX*]))?(?:\.({_NUMBER}|[xX*]))?"
    rf"(?:-({_WORDS}))?(?:\+({_WORDS}))?",
    re.ASCII,
)
_COMPARISON = re.compile(r"(>=|<=|!=|==|=|>|<|\^|~>|~)?\s*([^\s,<>=!^~|]+)")
_WILD = ("x", "X", "*")
# Precedes every other pre-release.
_FIRST = ("0",)
_HYPHEN = re.compile(r"\s+-\s+")

Release = tuple[int, int, int]


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version; what is built of the same sources is equal.

    Attributes:
        release: major, minor and patch.
        prerelease: identifiers such as ``rc`` and ``1``; none for a release.
    """

    release: Release
    prerelease: tuple[str, ...] = ()

    def __lt__(self, other: Version) -> bool:
        """Whether it precedes another one (section 11)."""
        return self._key() < other._key()

    def _key(self) -> tuple[Release, bool, list[tuple[int, int, str]]]:
        # Numbers precede words; a release follows its pre-releases.
        words = [(0, int(it), "") if it.isdigit() else (1, 0, it) for it in self.prerelease]
        return self.release, not self.prerelease, words


def parse_version(text: str) -> Version | None:
    """The version that a text is; ``None`` if it is none.

    >>> parse_version("v1.2") == parse_version("1.2.0")
    True
    >>> parse_version("latest") is None
    True
    """
    if len(text) > _LONGEST or not (found := _VERSION.fullmatch(text)):
        return None
    numbers = tuple(int(it or 0) for it in found.group(1, 2, 3))
    words = tuple((found[4] or "").split(".")) if found[4] else ()
    return Version((numbers[0], numbers[1], numbers[2]), words)


@dataclass(frozen=True, slots=True)
class _Bound:
    """``operator`` is one of >=, >, <=, <, =, !=."""

    operator: str
    version: Version

    def allows(self, version: Version) -> bool:
        own = self.version
        return {
            ">=": version >= own,
            ">": version > own,
            "<=": version <= own,
            "<": version < own,
            "=": version == own,
            "!=": version != own,
        }[self.operator]


@dataclass(frozen=True, slots=True)
class Range:
    """Which versions are meant: one of several lists of bounds, all of which hold."""

    alternatives: tuple[tuple[_Bound, ...], ...]

    def allows(self, version: Version, *, prereleases: bool = False) -> bool:
        """Whether a version is in the range.

        Args:
            version: which one.
            prereleases: whether pre-releases are; else only those of a release that a bound names
                with a pre-release, as ``>=2.0.0-rc.1`` does.
        """
        return any(self._holds(bounds, version, prereleases) for bounds in self.alternatives)

    @staticmethod
    def _holds(bounds: tuple[_Bound, ...], version: Version, prereleases: bool) -> bool:
        if version.prerelease and not prereleases:
            named = {it.version.release for it in bounds if it.version.prerelease}
            if version.release not in named:
                return False
        return all(bound.allows(version) for bound in bounds)


def parse_range(text: str) -> Range:
    """The range that a text means, such as ``>=1.2 <2 || ^3.1``, ``~1.2``, ``1.x``, ``1.2 - 1.4``.

    Raises:
        ConfigurationError: it means none.
    """
    if len(text) > _LONGEST:
        raise ConfigurationError(f"no range of versions: longer than {_LONGEST} characters")
    return Range(tuple(tuple(_bounds(part, text)) for part in text.split("||")))


def _bounds(part: str, whole: str) -> Iterator[_Bound]:
    part = part.strip()
    if len(ends := _HYPHEN.split(part)) == 2:
        yield from _comparison(">=", ends[0], whole)
        yield from _comparison("<=", ends[1], whole)
        return
    position = 0
    while position < len(part):
        found = _COMPARISON.match(part, position)
        if found is None:
            break
        yield from _comparison(found[1] or "", found[2], whole)
        position = found.end()
        while position < len(part) and (part[position].isspace() or part[position] == ","):
            position += 1
    if not part or position < len(part):
        raise ConfigurationError(f"{whole!r} is no range of versions")


def _comparison(operator: str, text: str, whole: str) -> Iterator[_Bound]:
    found = _PARTIAL.fullmatch(text)
    if found is None:
        raise ConfigurationError(f"{whole!r} is no range of versions: {text!r} is no version")
    numbers: list[int] = []
    for part in found.group(1, 2, 3):
        if part is None or part in _WILD:
            break
        numbers.append(int(part))
    words = tuple(found[4].split(".")) if found[4] else ()
    if words and len(numbers) < 3:
        raise ConfigurationError(f"{whole!r}: {text!r} needs three numbers before the hyphen")
    low = _padded(numbers, words)
    if not numbers:
        if operator in ("<", ">", "!="):
            raise ConfigurationError(f"{whole!r} allows no version")
        yield _Bound(">=", low)
    elif operator == "^":
        first = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
        yield from (_Bound(">=", low), _Bound("<", _after(numbers, first)))
    elif operator in ("~", "~>"):
        second = min(1, len(numbers) - 1)
        yield from (_Bound(">=", low), _Bound("<", _after(numbers, second)))
    elif len(numbers) < 3:
        yield from _partial(operator, numbers, whole)
    else:
        yield _Bound(operator if operator not in ("", "==") else "=", low)


def _partial(operator: str, numbers: list[int], whole: str) -> Iterator[_Bound]:
    """What a comparison with 1.2, which stands for all of 1.2, means."""
    low, after = _padded(numbers), _after(numbers, len(numbers) - 1)
    if operator == "!=":
        raise ConfigurationError(f"{whole!r}: != needs three numbers")
    if operator == ">":
        yield _Bound(">=", Version(after.release))
    elif operator == "<=":
        yield _Bound("<", after)
    elif operator == "<":
        yield _Bound("<", Version(low.release, _FIRST))
    else:
        yield _Bound(">=", low)
        if operator != ">=":
            yield _Bound("<", after)


def _padded(numbers: list[int], words: tuple[str, ...] = ()) -> Version:
    padded = [*numbers, 0, 0, 0]
    return Version((padded[0], padded[1], padded[2]), words)


def _after(numbers: list[int], position: int) -> Version:
    """What precedes the version with one more at a position, and its pre-releases."""
    return Version(_padded([*numbers[:position], numbers[position] + 1]).release, _FIRST)
