"""Choosing descriptors of an index: pkg/v1/match.

Each function gives a matcher: a frozen value, called with a ``v1.Descriptor``. ``spec`` tells what
it looks for as data, for code that is not Python. Any other function of a descriptor will do as
well wherever a matcher is asked for; only these can be told as data.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.json import marshal
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr.v1.hash import Hash, to_hash

if TYPE_CHECKING:
    from pyggcr.v1.manifest import Descriptor
    from pyggcr.v1.platform import Platform

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
    """Whether a descriptor is wanted (``match.Matcher``)."""

    def __call__(self, descriptor: Descriptor, /) -> bool: ...


def name(name: str) -> AnnotationMatcher:
    """Match the annotation ``org.opencontainers.image.ref.name`` (``match.Name``)."""
    return AnnotationMatcher(REFERENCE_NAME, name)


def annotation(key: str, value: str) -> AnnotationMatcher:
    """Match the value of an annotation (``match.Annotation``)."""
    return AnnotationMatcher(key, value)


def platforms(*platforms: Platform) -> PlatformsMatcher:
    """Match any one of the platforms; never a descriptor that has none (``match.Platforms``)."""
    return PlatformsMatcher(platforms)


def media_types(*media_types: str) -> MediaTypesMatcher:
    """Match any one of the media types; never an empty one (``match.MediaTypes``)."""
    return MediaTypesMatcher(media_types)


def digests(*digests: Hash | str) -> DigestsMatcher:
    """Match any one of the digests (``match.Digests``).

    Raises:
        InvalidHashError: a string is not a digest.
    """
    return DigestsMatcher(tuple(to_hash(digest) for digest in digests))


@dataclass(frozen=True, slots=True)
class AnnotationMatcher:
    """What ``annotation`` and ``name`` give."""

    key: str
    value: str

    def __call__(self, descriptor: Descriptor, /) -> bool:
        return (descriptor.annotations or {}).get(self.key) == self.value

    def spec(self) -> dict[str, Any]:
        """``{"kind": "annotation", "key": …, "value": …}``."""
        return {"kind": "annotation", "key": self.key, "value": self.value}


@dataclass(frozen=True, slots=True)
class PlatformsMatcher:
    """What ``platforms`` gives."""

    platforms: tuple[Platform, ...]

    def __call__(self, descriptor: Descriptor, /) -> bool:
        own = descriptor.platform
        return own is not None and any(own.equals(platform) for platform in self.platforms)

    def spec(self) -> dict[str, Any]:
        """``{"kind": "platforms", "platforms": […]}``, each as JSON has it in a descriptor."""
        return {
            "kind": "platforms",
            "platforms": [json.loads(marshal(each)) for each in self.platforms],
        }


@dataclass(frozen=True, slots=True)
class MediaTypesMatcher:
    """What ``media_types`` gives."""

    media_types: tuple[str, ...]

    def __call__(self, descriptor: Descriptor, /) -> bool:
        return descriptor.media_type != "" and descriptor.media_type in self.media_types

    def spec(self) -> dict[str, Any]:
        """``{"kind": "media_types", "media_types": […]}``."""
        return {"kind": "media_types", "media_types": [str(each) for each in self.media_types]}


@dataclass(frozen=True, slots=True)
class DigestsMatcher:
    """What ``digests`` gives."""

    digests: tuple[Hash, ...]

    def __call__(self, descriptor: Descriptor, /) -> bool:
        return descriptor.digest in self.digests

    def spec(self) -> dict[str, Any]:
        """``{"kind": "digests", "digests": […]}``, each as ``algorithm:hex``."""
        return {"kind": "digests", "digests": [str(digest) for digest in self.digests]}
