"""Images and indexes made of other ones: pkg/v1/mutate through native/mutate.go.

All but what takes ``Parts`` or a gzip profile is derived from the library's table.
"""

# No future import: its name, annotations, is that of a function here.
from collections.abc import Mapping
from typing import Any

from pyggcr import v1
from pyggcr._go import derive, options
from pyggcr._go.table import function
from pyggcr.types import MediaType
from pyggcr.v1.parts import Parts

__all__ = ["annotations", "canonical", "subject", "time"]


def annotations(
    *, described: v1.Image | v1.ImageIndex | Parts, annotations: Mapping[str, str]
) -> v1.Image | v1.ImageIndex | Parts:
    """Add annotations to a manifest (``mutate.Annotations``)."""
    return _in_form(described, function("mutate.Annotations")(described, annotations))


def subject(
    *, described: v1.Image | v1.ImageIndex | Parts, subject: v1.Descriptor
) -> v1.Image | v1.ImageIndex | Parts:
    """Say what a manifest is about (``mutate.Subject``)."""
    return _in_form(described, function("mutate.Subject")(described, subject))


def _in_form(described: object, found: Any) -> v1.Image | v1.ImageIndex | Parts:
    """What Go made, in the form that it was given in."""
    if not isinstance(described, Parts):
        made: v1.Image | v1.ImageIndex = found
        return made
    if described.raw_index_manifest is not None:
        return Parts(index_manifest=found)
    return Parts(manifest=found, config_file=described.raw_config_file)


def time(
    *,
    image: v1.Image,
    time: v1.Time,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Image:
    """Set all times of an image (``mutate.Time``)."""
    options.check(gzip_profile)
    found: v1.Image = function("mutate.Time")(
        image, time, compression, compression_level, media_type, compressed_caching
    )
    return found


def canonical(
    *,
    image: v1.Image,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Image:
    """Set all times to zero, and remove what names the machine (``mutate.Canonical``)."""
    options.check(gzip_profile)
    found: v1.Image = function("mutate.Canonical")(
        image, compression, compression_level, media_type, compressed_caching
    )
    return found


def __getattr__(name: str) -> Any:
    found = globals()[name] = derive.function("mutate", name)
    return found
