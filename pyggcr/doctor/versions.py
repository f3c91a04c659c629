"""Versions of tools: numbers between dots, and ranges of them.

Compared as numbers, so that 0.9 is older than 0.18. What is behind the numbers (``-rc1``) is
refused: nobody proved anything of it.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from pyggcr._dataclasses import dataclass

__all__ = ["EVERY", "Versions", "parse_version", "parse_versions"]

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,3})", re.ASCII)


def parse_version(text: str) -> tuple[int, ...]:
    """The numbers of a version such as ``0.18`` or ``v0.18.0``.

    >>> parse_version("v0.18.0")
    (0, 18, 0)

    Raises:
        ValueError: it is no version.
    """
    found = _VERSION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a version such as 0.18 or 0.18.0")
    return tuple(int(number) for number in found[1].split("."))


@dataclass(frozen=True, slots=True)
class Versions:
    """A range of versions; ``in`` tells whether a version such as ``0.18`` belongs to it.

    Attributes:
        since: the first version of the range; empty if there is no lower bound.
        before: the first version after the range; empty if there is no upper bound.
        only: the only version of the range, because no other was tried; ``since`` and ``before``
            are then empty.

    >>> "0.18" in Versions(before="0.19"), str(Versions(before="0.19"))
    (True, '< 0.19')
    """

    since: str = ""
    before: str = ""
    only: str = ""

    def __contains__(self, version: str) -> bool:
        """Whether a version belongs to it; ``0.18`` is ``0.18.0``."""
        if self.only:
            return _compare(version, self.only) == 0
        not_older = not self.since or _compare(version, self.since) >= 0
        return not_older and (not self.before or _compare(version, self.before) < 0)

    def __str__(self) -> str:
        """Such as ``< 0.19``, ``>= 28, < 30`` or ``every version``."""
        if self.only:
            return self.only
        parts = [f">= {self.since}"] if self.since else []
        parts += [f"< {self.before}"] if self.before else []
        return ", ".join(parts) or "every version"


EVERY = Versions()
_RANGE = re.compile(r"(?:>= ([^ ,]+))?(?:, )?(?:< ([^ ,]+))?")


def parse_versions(text: str) -> Versions:
    """The range that a text names: what ``str`` makes of one.

    >>> parse_versions(">= 28, < 30")
    Versions(since='28', before='30', only='')
    """
    if text == str(EVERY):
        return EVERY
    found = _RANGE.fullmatch(text)
    if not text or found is None:
        return Versions(only=text)
    return Versions(since=found[1] or "", before=found[2] or "")


def _compare(one: str, other: str) -> int:
    """Below zero, zero or above, as the first is older, equal or newer."""
    for here, there in zip_longest(parse_version(one), parse_version(other), fillvalue=0):
        if here != there:
            return here - there
    return 0
