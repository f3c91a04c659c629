"""Protocols of what an image or a layer must have so that the rest can be completed.

They are the cores of pkg/v1/partial; ``compressed`` and ``uncompressed`` complete them to a
``v1.Image`` or a ``v1.Layer``. ``ForwardedLayer`` completes what changes little of another layer.
"""

from __future__ import annotations

from pyggcr import v1

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import Protocol

    from pyggcr import name
    from pyggcr.types import MediaType
    from pyggcr.v1.hash import Hash
    from pyggcr.v1.image import Layer
else:
    from pyggcr._typing import Protocol

__all__ = [
    "CompressedImageCore",
    "CompressedLayerCore",
    "ForwardedLayer",
    "ImageCore",
    "UncompressedImageCore",
    "UncompressedLayerCore",
    "anywhere",
    "may_be_read_anywhere",
    "origin_of",
]


class CompressedLayerCore(Protocol):
    """``partial.CompressedLayer``."""

    def digest(self) -> Hash: ...

    def compressed(self) -> io.RawIOBase: ...

    def size(self) -> int: ...

    def media_type(self) -> MediaType: ...


class UncompressedLayerCore(Protocol):
    """``partial.UncompressedLayer``."""

    def diff_id(self) -> Hash: ...

    def uncompressed(self) -> io.RawIOBase: ...

    def media_type(self) -> MediaType: ...


class ImageCore(Protocol):
    """``partial.ImageCore``."""

    def raw_config_file(self) -> bytes: ...

    def media_type(self) -> MediaType: ...


class CompressedImageCore(ImageCore, Protocol):
    """``partial.CompressedImageCore``."""

    def raw_manifest(self) -> bytes: ...

    def layer_by_digest(self, digest: Hash) -> CompressedLayerCore: ...


class UncompressedImageCore(ImageCore, Protocol):
    """``partial.UncompressedImageCore``."""

    def layer_by_diff_id(self, diff_id: Hash) -> UncompressedLayerCore: ...


class ForwardedLayer(v1.Layer):
    """Another layer, but for what a subclass overrides.

    Attributes:
        layer: the other one, which is closed with this one.
    """

    def __init__(self, layer: v1.Layer) -> None:
        """Take the other layer."""
        self.layer = layer

    def digest(self) -> v1.Hash:
        """Return the hash of the compressed layer (``Layer.Digest``).

        Returns:
            The digest of the blob.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return self.layer.digest()

    def diff_id(self) -> v1.Hash:
        """Return the hash of the uncompressed layer (``Layer.DiffID``).

        Returns:
            The DiffID.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return self.layer.diff_id()

    def compressed(self) -> io.RawIOBase:
        """Open the compressed bytes (``Layer.Compressed``).

        Returns:
            A binary stream, which the caller has to close.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return self.layer.compressed()

    def uncompressed(self) -> io.RawIOBase:
        """Open the uncompressed bytes (``Layer.Uncompressed``).

        Returns:
            A binary stream, which the caller has to close.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return self.layer.uncompressed()

    def size(self) -> int:
        """Return the size of the compressed layer (``Layer.Size``).

        Returns:
            Bytes.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return self.layer.size()

    def media_type(self) -> MediaType:
        """Return the media type of the layer (``Layer.MediaType``).

        Returns:
            The media type.

        Raises:
            Error: the layer cannot be read; the subclass says why.
        """
        return self.layer.media_type()

    def close(self) -> None:
        """Close the other layer."""
        self.layer.close()


def may_be_read_anywhere(layer: Layer) -> bool:
    """Whether any thread may read it: Go's layers, and those that say so."""
    return layer.engine == "go" or bool(getattr(layer, "anywhere", False))


def anywhere(core: CompressedLayerCore | UncompressedLayerCore) -> bool:
    """Whether any thread may read the layer: if it says so, as those of archives by path do."""
    return bool(getattr(core, "anywhere", False))


def origin_of(layer: Layer) -> name.Repository | None:
    """The repository that a layer comes from (``MountableLayer``), if it comes from one."""
    core: object = layer
    while (inner := getattr(core, "core", None)) is not None:
        core = inner
    origin: name.Repository | None = getattr(core, "origin", None)
    return origin
