"""A layer that answers what another one answers, for layers that change little of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import v1

if TYPE_CHECKING:
    import io

    from pyggcr.types import MediaType

__all__ = ["ForwardedLayer"]


class ForwardedLayer(v1.Layer):
    """Another layer, but for what a subclass overrides.

    Attributes:
        layer: the other one, which is closed with this one.
    """

    def __init__(self, layer: v1.Layer) -> None:
        """Take the other layer."""
        self.layer = layer

    def digest(self) -> v1.Hash:
        """Hash of the compressed layer (``Layer.Digest``)."""
        return self.layer.digest()

    def diff_id(self) -> v1.Hash:
        """Hash of the uncompressed layer (``Layer.DiffID``)."""
        return self.layer.diff_id()

    def compressed(self) -> io.RawIOBase:
        """A stream of the compressed bytes; the caller closes it (``Layer.Compressed``)."""
        return self.layer.compressed()

    def uncompressed(self) -> io.RawIOBase:
        """A stream of the uncompressed bytes; the caller closes it (``Layer.Uncompressed``)."""
        return self.layer.uncompressed()

    def size(self) -> int:
        """Size of the compressed layer in bytes (``Layer.Size``)."""
        return self.layer.size()

    def media_type(self) -> MediaType:
        """Media type of the layer (``Layer.MediaType``)."""
        return self.layer.media_type()

    def close(self) -> None:
        """Close the other layer. Idempotent."""
        self.layer.close()
