"""Made-up layers, images and indexes: pkg/v1/random through native/random.go.

The state of a source lives in Python, so that both engines can go on with it.
"""

from __future__ import annotations

import struct

from pyggcr._go import options
from pyggcr._go.table import function
from pyggcr._gostd.mathrand import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._gostd.mathrand import Int63Source
    from pyggcr.types import MediaType

__all__ = ["image", "index", "layer"]

_BYTES_OF_NUMBER = 7  # of the eight, Rand.Read leaves out the highest


def layer(
    *, byte_size: int, media_type: MediaType, source: Int63Source, gzip_profile: str
) -> v1.Layer:
    """Make a layer with one file (``random.Layer``)."""
    options.check(gzip_profile)
    numbers = _numbers(source, byte_size, 1)
    found: v1.Layer = function("random.Layer")(byte_size, media_type, *numbers)
    return found


def image(*, byte_size: int, layers: int, source: Int63Source, gzip_profile: str) -> v1.Image:
    """Make an image of such layers (``random.Image``)."""
    options.check(gzip_profile)
    numbers = _numbers(source, byte_size, layers)
    found: v1.Image = function("random.Image")(byte_size, layers, *numbers)
    return found


def index(
    *, byte_size: int, layers: int, count: int, source: Int63Source, gzip_profile: str
) -> v1.ImageIndex:
    """Make an index of such images (``random.Index``)."""
    options.check(gzip_profile)
    numbers = _numbers(source, byte_size, max(0, layers) * max(0, count))
    found: v1.ImageIndex = function("random.Index")(byte_size, layers, count, *numbers)
    return found


def _numbers(source: Int63Source, byte_size: int, layers: int) -> tuple[int, int, bytes | None]:
    """A seed, how many of its numbers are used up, and the numbers of another source."""
    needed = _needed(byte_size, layers)
    if type(source) is Source:
        drawn = source.drawn
        source.skip(needed)
        return source.first_seed, drawn, None
    return 0, 0, b"".join([struct.pack("<Q", source.int63()) for _ in range(needed)])


def _needed(byte_size: int, layers: int) -> int:
    """How many numbers Go draws: one for each file's name, then those of its content."""
    if byte_size < 0:
        return min(max(0, layers), 1)  # the first layer fails, but has its name
    return max(0, layers) * (1 - -byte_size // _BYTES_OF_NUMBER)
