"""``v1.Platform``: the operating system and processor that an image is for (pkg/v1/platform.go).

Platforms are parsed, written and compared here. Selecting an entry of an index belongs to
``match``; nothing here detects the platform of this computer.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.strconv import normalize, trim_space
from pyggcr.errors import InvalidPlatformError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Platform", "parse_platform"]


@dataclass(frozen=True, slots=True)
class Platform:
    """The operating system and processor that an image is for (``v1.Platform``).

    ``None`` stands for Go's nil slice, which equals an empty one. ``str()`` gives
    ``os/architecture/variant:os_version`` without the empty parts.

    Attributes:
        architecture: such as ``amd64`` (Go's ``GOARCH``).
        os: such as ``linux`` (Go's ``GOOS``).
        os_version: such as ``10.0.14393.1066``; for Windows.
        os_features: features of the operating system that the image needs.
        variant: of the processor, such as ``v8``.
        features: features of the processor that the image needs.
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
        """Tell whether two platforms are the same, whatever the order of their features
        (``Platform.Equals``).

        Go's method sorts the features of both in place; this one changes neither.

        Args:
            other: the platform to compare with.

        Returns:
            Whether they are the same.
        """
        return (
            _words(self) == _words(other)
            and sorted(self.os_features or ()) == sorted(other.os_features or ())
            and sorted(self.features or ()) == sorted(other.features or ())
        )

    def satisfies(self, spec: Platform) -> bool:
        """Tell whether this platform has everything that another asks for (``Platform.Satisfies``).

        Args:
            spec: what is asked for: empty fields match anything, and this platform may have more
                features.

        Returns:
            Whether it has everything.

        Examples:
            >>> parse_platform("linux/arm64/v8").satisfies(parse_platform("linux/arm64"))
            True
        """
        return (
            all(want in ("", have) for want, have in zip(_words(spec), _words(self), strict=True))
            and _has_all(self.os_features, spec.os_features)
            and _has_all(self.features, spec.features)
        )


def parse_platform(text: str) -> Platform:
    """Parse a platform (``v1.ParsePlatform``).

    Args:
        text: ``os/architecture/variant:os_version``, each part optional.

    Returns:
        The platform.

    Raises:
        InvalidPlatformError: the text has more than two slashes.

    Examples:
        >>> parse_platform("linux/arm64/v8").variant
        'v8'
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
