"""Layers over streams that are read once: pkg/v1/stream through native/stream.go."""

from __future__ import annotations

from pyggcr._go import options
from pyggcr._go.objects import GoLayer
from pyggcr._go.table import function
from pyggcr._values.stream import Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pyggcr.types import MediaType

__all__ = ["new_layer"]


class GoStreamLayer(GoLayer, Layer):
    """A ``*stream.Layer`` of Go, which Go's functions know as one."""

    def __init__(self, made: GoLayer) -> None:
        self.handle = made.handle
        self.sources = made.sources


def new_layer(
    *, stream: BinaryIO, compression_level: int, media_type: MediaType, gzip_profile: str
) -> Layer:
    """Make a layer of a stream; nothing is read yet (``stream.NewLayer``)."""
    options.check(gzip_profile)
    return GoStreamLayer(function("stream.NewLayer")(stream, compression_level, media_type))
