"""``v1.Platform``: the operating system and processor an image is for (pkg/v1/platform.go).

Parsing, writing and comparing platforms live here; which entry of an index fits is ``match``'s
business, and what platform this computer is nobody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import normalize, trim_space
from pyggcr.errors import InvalidPlatformError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Platform", "parse_platform"]


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform; in a list, ``None`` is Go's nil slice, which equals an empty one.

    ``str()`` gives ``os/architecture/variant:os_version``, without what is empty.
    """

    architecture: str = ""
    os: str = ""
    os_version: str = ""
    os_features: list[str] | None = None
    variant: str = ""
    features: list[str] | None = None

    def __str__(self) -> str:
        if not self.os:
            return ""
        text = "/".join(part for part in (self.os, self.architecture, self.variant) if part)
        return f"{text}:{self.os_version}" if self.os_version else text

    def equals(self, other: Platform) -> bool:
        """Whether both are the same, in whatever order features stand (``Platform.Equals``).

        Unlike Go's, which sorts the features of both in place, this changes neither.
        """
        return (
            _words(self) == _words(other)
            and sorted(self.os_features or ()) == sorted(other.os_features or ())
            and sorted(self.features or ()) == sorted(other.features or ())
        )

    def satisfies(self, spec: Platform) -> bool:
        """Whether this platform has all that ``spec`` asks for (``Platform.Satisfies``).

        What is empty in ``spec`` is not asked for; features may be more than asked for.
        """
        return (
            all(want in ("", have) for want, have in zip(_words(spec), _words(self), strict=True))
            and _has_all(self.os_features, spec.os_features)
            and _has_all(self.features, spec.features)
        )


def parse_platform(text: str) -> Platform:
    """Parse ``os/architecture/variant:os_version``, any of it left out (``v1.ParsePlatform``).

    >>> parse_platform("linux/arm64/v8").variant
    'v8'

    Raises:
        InvalidPlatformError: there are more than three parts.
    """
    text = normalize(text)
    names, *versions = trim_space(text).split(":")
    parts = names.split("/")
    if len(parts) > 3:
        raise InvalidPlatformError(f"too many slashes in platform spec: {text}")
    os, architecture, variant = parts + [""] * (3 - len(parts))
    return Platform(
        os=os,
        architecture=architecture,
        variant=variant,
        # With more than one colon there is no version, and no error either.
        os_version=versions[0] if len(versions) == 1 else "",
    )


def _words(platform: Platform) -> tuple[str, str, str, str]:
    return platform.os, platform.architecture, platform.variant, platform.os_version


def _has_all(have: Sequence[str] | None, want: Sequence[str] | None) -> bool:
    return set(want or ()) <= set(have or ())
