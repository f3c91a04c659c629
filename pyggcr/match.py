"""Select descriptors of an index: pkg/v1/match.

Each function returns a matcher: a frozen value that is called with a ``v1.Descriptor`` and returns
a bool. Its ``spec`` describes the condition as data, for code outside Python. Wherever a matcher is
accepted, any other function of a descriptor works too; only it cannot be described as data.
"""

from __future__ import annotations

import json

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.json import marshal
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr.v1.hash import Hash, to_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from pyggcr.v1.manifest import Descriptor
    from pyggcr.v1.platform import Platform
else:
    from pyggcr._typing import Protocol

__all__ = [
    "AnnotationMatcher",
    "DigestsMatcher",
    "Matcher",
    "MediaTypesMatcher",
    "PlatformsMatcher",
    "annotation",
    "digests",
    "media_types",
    "name",
    "platforms",
]


class Matcher(Protocol):
    """A function that tells whether a descriptor is wanted (``match.Matcher``)."""

    def __call__(self, descriptor: Descriptor, /) -> bool: ...


def name(name: str) -> AnnotationMatcher:
    """Match descriptors by name, the annotation ``org.opencontainers.image.ref.name``
    (``match.Name``).

    Args:
        name: the value of the annotation.

    Returns:
        A matcher.
    """
    return AnnotationMatcher(REFERENCE_NAME, name)


def annotation(key: str, value: str) -> AnnotationMatcher:
    """Match descriptors by the value of an annotation (``match.Annotation``).

    Args:
        key: the annotation.
        value: the value it must have.

    Returns:
        A matcher.

    Examples:
        >>> from pyggcr import v1
        >>> annotation("stage", "test")(v1.Descriptor(annotations={"stage": "test"}))
        True
    """
    return AnnotationMatcher(key, value)


def platforms(*platforms: Platform) -> PlatformsMatcher:
    """Match descriptors for any of some platforms (``match.Platforms``).

    Args:
        platforms: platforms; a descriptor matches if its platform equals one of them, and never if
            it has none.

    Returns:
        A matcher.
    """
    return PlatformsMatcher(platforms)


def media_types(*media_types: str) -> MediaTypesMatcher:
    """Match descriptors of any of some media types (``match.MediaTypes``).

    Args:
        media_types: media types; an empty one never matches.

    Returns:
        A matcher.
    """
    return MediaTypesMatcher(media_types)


def digests(*digests: Hash | str) -> DigestsMatcher:
    """Match descriptors by digest (``match.Digests``).

    Args:
        digests: hashes, or texts such as ``sha256:…``.

    Returns:
        A matcher.

    Raises:
        InvalidHashError: a text is not a digest.
    """
    return DigestsMatcher(tuple(to_hash(digest) for digest in digests))


@dataclass(frozen=True, slots=True)
class AnnotationMatcher:
    """The matcher that ``annotation`` and ``name`` return.

    Attributes:
        key: the annotation.
        value: the value it must have.
    """

    key: str
    value: str

    def __call__(self, descriptor: Descriptor, /) -> bool:
        return (descriptor.annotations or {}).get(self.key) == self.value

    def spec(self) -> dict[str, Any]:
        """Describe the condition as data.

        Returns:
            ``{"kind": "annotation", "key": …, "value": …}``.
        """
        return {"kind": "annotation", "key": self.key, "value": self.value}


@dataclass(frozen=True, slots=True)
class PlatformsMatcher:
    """The matcher that ``platforms`` returns.

    Attributes:
        platforms: the platforms.
    """

    platforms: tuple[Platform, ...]

    def __call__(self, descriptor: Descriptor, /) -> bool:
        own = descriptor.platform
        return own is not None and any(own.equals(platform) for platform in self.platforms)

    def spec(self) -> dict[str, Any]:
        """Describe the condition as data.

        Returns:
            ``{"kind": "platforms", "platforms": […]}``, each platform as it is written in a
            descriptor.
        """
        return {
            "kind": "platforms",
            "platforms": [json.loads(marshal(each)) for each in self.platforms],
        }


@dataclass(frozen=True, slots=True)
class MediaTypesMatcher:
    """The matcher that ``media_types`` returns.

    Attributes:
        media_types: the media types.
    """

    media_types: tuple[str, ...]

    def __call__(self, descriptor: Descriptor, /) -> bool:
        return descriptor.media_type != "" and descriptor.media_type in self.media_types

    def spec(self) -> dict[str, Any]:
        """Describe the condition as data.

        Returns:
            ``{"kind": "media_types", "media_types": […]}``.
        """
        return {"kind": "media_types", "media_types": [str(each) for each in self.media_types]}


@dataclass(frozen=True, slots=True)
class DigestsMatcher:
    """The matcher that ``digests`` returns.

    Attributes:
        digests: the digests.
    """

    digests: tuple[Hash, ...]

    def __call__(self, descriptor: Descriptor, /) -> bool:
        return descriptor.digest in self.digests

    def spec(self) -> dict[str, Any]:
        """Describe the condition as data.

        Returns:
            ``{"kind": "digests", "digests": […]}``, each digest as ``algorithm:hex``.
        """
        return {"kind": "digests", "digests": [str(digest) for digest in self.digests]}
