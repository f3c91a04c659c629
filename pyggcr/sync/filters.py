"""Which names are meant: repositories of a registry, tags of a repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pyggcr._dataclasses import dataclass
from pyggcr.errors import ConfigurationError
from pyggcr.sync.versions import Range, Version, parse_version

__all__ = ["LONG_AGO", "Moment", "Names", "Tags", "glob", "regex"]

# Seconds since 1970, and nanoseconds.
Moment = tuple[int, int]
LONG_AGO: Moment = (-(1 << 62), 0)

_LONGEST = 256  # of a pattern
# What cosign and registries without a list of referrers keep beside images.
_DIGEST_TAG = re.compile(r"[a-z0-9]+-(?:[0-9a-f]{64}|[0-9a-f]{128})(?:\..+)?", re.ASCII)


def glob(text: str) -> re.Pattern[str]:
    """A pattern with ``?``, ``*``, ``**`` and ``[…]`` as a regular expression.

    >>> [bool(glob("team/*").fullmatch(it)) for it in ("team/app", "team/app/base")]
    [True, False]
    """
    if len(text) > _LONGEST:
        raise ConfigurationError(f"a pattern is longer than {_LONGEST} characters")
    made, position = "", 0
    while position < len(text):
        char = text[position]
        end = text.find("]", position + 2)
        if text.startswith("**", position):
            # One run of stars: several would take a long time to fail.
            while position < len(text) and text[position] == "*":
                position += 1
            made += ".*"
            continue
        if char == "[" and end > 0:
            inside = text[position + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            made += f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
            position = end
        else:
            made += {"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char)
        position += 1
    try:
        return re.compile(made)
    except re.error as error:
        raise ConfigurationError(f"{text!r} is no pattern: {error}") from None


def regex(text: str) -> re.Pattern[str]:
    """A regular expression of the user's.

    Raises:
        ConfigurationError: it is none.
    """
    if len(text) > _LONGEST:
        raise ConfigurationError(f"a regular expression is longer than {_LONGEST} characters")
    try:
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigurationError(f"{text!r} is no regular expression: {error}") from None


@dataclass(frozen=True, slots=True)
class Names:
    """Names by patterns, which must match as a whole.

    Attributes:
        include: one must match, if there is any.
        exclude: none must match.
        expressions: one must match, if there is any.
    """

    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    expressions: tuple[re.Pattern[str], ...] = ()

    def allow(self, name: str) -> bool:
        """Whether a name is meant."""
        return (
            _any(self.include, name)
            and _any(self.expressions, name)
            and not (self.exclude and _any(self.exclude, name))
        )


def _any(patterns: tuple[re.Pattern[str], ...], name: str) -> bool:
    return not patterns or any(it.fullmatch(name) for it in patterns)


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags by name, by version, and the newest of them.

    Attributes:
        names: by patterns.
        versions: the range; ``None`` for any tag, whether it is a version or not.
        prereleases: whether pre-releases are meant.
        newest: how many; 0 for all.
        by_creation: whether the time of creation says which is newest, and not the version.
    """

    names: Names = Names()
    versions: Range | None = None
    prereleases: bool = False
    newest: int = 0
    by_creation: bool = False

    def choose(self, tags: Iterable[str], created: Callable[[str], Moment]) -> list[str]:
        """The tags that are meant, sorted by name; the newest first if only those are.

        Args:
            tags: all that there are.
            created: says when the image of a tag was created; asked only if that counts.
        """
        found = sorted(it for it in tags if not _DIGEST_TAG.fullmatch(it) and self.names.allow(it))
        if self.versions is not None:
            found = [it for it in found if self._in_range(it, self.versions)]
        if not self.newest:
            return found
        if self.by_creation:
            found.sort(key=lambda it: (created(it), it), reverse=True)
            return found[: self.newest]
        versions: list[tuple[Version, str]] = []
        for tag in found:
            version = parse_version(tag)
            # A range has said already which pre-releases are meant.
            if version and (self.versions or self.prereleases or not version.prerelease):
                versions.append((version, tag))
        versions.sort(reverse=True)
        return [tag for _, tag in versions[: self.newest]]

    def _in_range(self, tag: str, versions: Range) -> bool:
        version = parse_version(tag)
        return version is not None and versions.allows(version, prereleases=self.prereleases)
