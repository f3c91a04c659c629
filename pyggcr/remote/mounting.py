"""``MountableLayer``: a layer that says which repository it comes from (mount.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import name, partial, v1
from pyggcr._layers.core import may_be_read_anywhere

if TYPE_CHECKING:
    import io

    from pyggcr.types import MediaType

__all__ = ["MountableLayer"]


class MountableLayer(v1.Layer):
    """A layer, and a reference into the repository that has it (``remote.MountableLayer``).

    When it is pushed to another repository of the same registry, it is mounted from there instead
    of being sent. Layers of images in registries are mounted anyway; this is for your own layers.

    Attributes:
        layer: the layer.
        reference: into the repository that has it.

    >>> from pyggcr import random, remote
    >>> layer = remote.MountableLayer(random.layer(16), "registry.example.com/team/base:1")
    >>> layer.reference.context().name()
    'registry.example.com/team/base'
    """

    def __init__(self, layer: v1.Layer, reference: name.Reference | str) -> None:
        """Say where a layer is.

        Args:
            layer: a layer of either engine, or of your own.
            reference: a reference into the repository that has it; a text is parsed.

        Raises:
            InvalidReferenceError: the text is no reference.
        """
        self.layer = layer
        self.reference = (
            name.parse_reference(reference) if isinstance(reference, str) else reference
        )

    @property
    def origin(self) -> name.Repository:
        """The repository that has the layer."""
        return self.reference.context()

    @property
    def anywhere(self) -> bool:
        """Whether any thread may read the layer."""
        return may_be_read_anywhere(self.layer)

    def descriptor(self) -> v1.Descriptor:
        """How a manifest refers to the layer (``MountableLayer.Descriptor``)."""
        return partial.descriptor(self.layer)

    def exists(self) -> bool:
        """Whether the blob is there, for what can tell (``MountableLayer.Exists``)."""
        return partial.exists(self.layer)

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
        """Close the layer. Idempotent."""
        self.layer.close()

    def __repr__(self) -> str:
        return f"<MountableLayer of {self.reference.context().name()}>"
