"""``MountableLayer``: a layer that knows which repository it comes from (mount.go)."""

from __future__ import annotations

from pyggcr import name, partial, v1
from pyggcr._layers.core import ForwardedLayer, may_be_read_anywhere

__all__ = ["MountableLayer"]


class MountableLayer(ForwardedLayer):
    """A layer with a reference into a repository that has it (``remote.MountableLayer``).

    When it is pushed to another repository of the same registry, it is mounted from there instead
    of being sent. Layers of images in registries are mounted anyway; this class is for your own
    layers.

    Attributes:
        layer: the layer.
        reference: a reference into the repository that has it.

    Examples:
        >>> from pyggcr import random, remote
        >>> layer = remote.MountableLayer(random.layer(16), "registry.example.com/team/base:1")
        >>> layer.reference.context().name()
        'registry.example.com/team/base'
    """

    def __init__(self, layer: v1.Layer, reference: name.Reference | str) -> None:
        """Combine a layer with its location.

        Args:
            layer: a layer of either engine, or your own.
            reference: a reference into the repository that has it, parsed or as a text.

        Raises:
            InvalidReferenceError: the text is not a reference.
        """
        super().__init__(layer)
        self.reference: name.Reference = (
            name.parse_reference(reference) if isinstance(reference, str) else reference
        )

    @property
    def origin(self) -> name.Repository:
        """The repository that has the layer."""
        return self.reference.context()

    @property
    def anywhere(self) -> bool:
        """Whether other threads than this one may read the layer."""
        return may_be_read_anywhere(self.layer)

    def descriptor(self) -> v1.Descriptor:
        """Describe the layer as a manifest refers to it (``MountableLayer.Descriptor``).

        Returns:
            The descriptor.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return partial.descriptor(self.layer)

    def exists(self) -> bool:
        """Tell whether the blob of the layer can be opened (``MountableLayer.Exists``).

        Returns:
            True; false only if the layer has a method ``exists`` of its own that says so.

        Raises:
            Error: the blob cannot be opened; the subclass says why.
        """
        return partial.exists(self.layer)

    def __repr__(self) -> str:
        return f"<MountableLayer of {self.reference.context().name()}>"
