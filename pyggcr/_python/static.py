"""Layers made of bytes that are at hand: pkg/v1/static."""

from __future__ import annotations

import functools
import io

from pyggcr import v1
from pyggcr._gostd.stream import BytesStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.types import MediaType

__all__ = ["new_layer"]


def new_layer(*, content: bytes, media_type: MediaType) -> v1.Layer:
    """Make a layer of bytes as they are (``static.NewLayer``)."""
    return StaticLayer(content, media_type)


class StaticLayer(v1.Layer):
    """A layer whose compressed and uncompressed forms are the same bytes."""

    anywhere = True

    def __init__(self, content: bytes, media_type: MediaType) -> None:
        self._content = content
        self._media_type = media_type

    @functools.cached_property
    def _digest(self) -> v1.Hash:
        return v1.sha256(io.BytesIO(self._content))[0]

    def digest(self) -> v1.Hash:
        """SHA-256 of the bytes (``Layer.Digest``)."""
        return self._digest

    def diff_id(self) -> v1.Hash:
        """SHA-256 of the bytes (``Layer.DiffID``)."""
        return self._digest

    def compressed(self) -> io.RawIOBase:
        """The bytes (``Layer.Compressed``)."""
        return BytesStream(self._content)

    def uncompressed(self) -> io.RawIOBase:
        """The bytes (``Layer.Uncompressed``)."""
        return BytesStream(self._content)

    def size(self) -> int:
        """How many bytes there are (``Layer.Size``)."""
        return len(self._content)

    def media_type(self) -> MediaType:
        """The media type that was given (``Layer.MediaType``)."""
        return self._media_type
