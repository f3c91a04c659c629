"""pkg/v1/random: made-up layers, images and indexes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
    from pyggcr._gostd.mathrand import Int63Source
    from pyggcr.types import MediaType
else:
    from pyggcr._typing import Protocol

__all__ = ["RandomEngine"]


class RandomEngine(Protocol):
    """What an engine makes of random numbers; it takes as many from the source as Go does.

    ``gzip_profile`` is as in ``TarballEngine``.
    """

    def layer(
        self, *, byte_size: int, media_type: MediaType, source: Int63Source, gzip_profile: str
    ) -> v1.Layer:
        """Make a layer with one file (``random.Layer``)."""

    def image(
        self, *, byte_size: int, layers: int, source: Int63Source, gzip_profile: str
    ) -> v1.Image:
        """Make an image of such layers (``random.Image``)."""

    def index(
        self, *, byte_size: int, layers: int, count: int, source: Int63Source, gzip_profile: str
    ) -> v1.ImageIndex:
        """Make an index of such images (``random.Index``)."""
