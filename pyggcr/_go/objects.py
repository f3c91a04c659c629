"""Objects that live in Go: ``v1.Image``, ``v1.ImageIndex`` and ``v1.Layer``.

Each method calls the Go method of the same name; see native/v1.go.
"""

from __future__ import annotations

from collections.abc import Callable

from pyggcr._go.handle import GoObject, Handle
from pyggcr._go.streams import GoStream
from pyggcr._go.table import function
from pyggcr.v1.hash import Hash, to_hash
from pyggcr.v1.image import Image, ImageIndex, Layer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import Any, ClassVar

    from pyggcr._go.opener import Source
    from pyggcr._layers.derived import Describable
    from pyggcr.name import Repository
    from pyggcr.types import MediaType
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.manifest import Descriptor, IndexManifest, Manifest

__all__ = ["CLASSES", "GoDescribed", "GoImage", "GoIndex", "GoLayer"]


class GoLayer(GoObject, Layer):
    """A layer that lives in Go."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, sources: tuple[Source, ...]) -> None:
        self.handle = Handle(number, "layer")
        self.sources = sources

    def _ask(self, method: str) -> Any:
        return function(f"Layer.{method}")(self)

    @property
    def origin(self) -> Repository | None:
        """The repository that the layer comes from (``MountableLayer``), if it comes from one."""
        from pyggcr.name import new_repository

        found: str = self._ask("Origin")
        return new_repository(found) if found else None

    def digest(self) -> Hash:
        """Hash of the compressed layer (``Layer.Digest``)."""
        found: Hash = self._ask("Digest")
        return found

    def diff_id(self) -> Hash:
        """Hash of the uncompressed layer (``Layer.DiffID``)."""
        found: Hash = self._ask("DiffID")
        return found

    def size(self) -> int:
        """Size of the compressed layer in bytes (``Layer.Size``)."""
        found: int = self._ask("Size")
        return found

    def media_type(self) -> MediaType:
        """Media type of the layer (``Layer.MediaType``)."""
        found: MediaType = self._ask("MediaType")
        return found

    def compressed(self) -> io.RawIOBase:
        """A stream of the compressed bytes (``Layer.Compressed``)."""
        stream: GoStream = self._ask("Compressed")
        return stream

    def uncompressed(self) -> io.RawIOBase:
        """A stream of the uncompressed bytes (``Layer.Uncompressed``)."""
        stream: GoStream = self._ask("Uncompressed")
        return stream

    def descriptor(self) -> Descriptor:
        """How a manifest refers to the layer (``partial.Descriptor``)."""
        found: Descriptor = function("partial.Descriptor")(self)
        return found

    def close(self) -> None:
        """Release the layer; streams of it stay open. Idempotent."""
        self.handle.close()


class GoImage(GoObject, Image):
    """An image that lives in Go."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, sources: tuple[Source, ...]) -> None:
        self.handle = Handle(number, "image")
        self.sources = sources

    def _ask(self, method: str, *arguments: object) -> Any:
        return function(f"Image.{method}")(self, *arguments)

    def layers(self) -> list[Layer]:
        """The layers, base layer first (``Image.Layers``)."""
        found: list[Layer] = self._ask("Layers")
        return found

    def media_type(self) -> MediaType:
        """Media type of the manifest (``Image.MediaType``)."""
        found: MediaType = self._ask("MediaType")
        return found

    def size(self) -> int:
        """Size of the manifest in bytes (``Image.Size``)."""
        found: int = self._ask("Size")
        return found

    def config_name(self) -> Hash:
        """Hash of the config file (``Image.ConfigName``)."""
        found: Hash = self._ask("ConfigName")
        return found

    def config_file(self) -> ConfigFile:
        """The parsed config file (``Image.ConfigFile``)."""
        found: ConfigFile = self._ask("ConfigFile")
        return found

    def raw_config_file(self) -> bytes:
        """The bytes of the config file (``Image.RawConfigFile``)."""
        found: bytes = self._ask("RawConfigFile")
        return found

    def digest(self) -> Hash:
        """SHA-256 of the manifest (``Image.Digest``)."""
        found: Hash = self._ask("Digest")
        return found

    def manifest(self) -> Manifest:
        """The manifest (``Image.Manifest``)."""
        found: Manifest = self._ask("Manifest")
        return found

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest (``Image.RawManifest``)."""
        found: bytes = self._ask("RawManifest")
        return found

    def layer_by_digest(self, digest: Hash | str) -> Layer:
        """The layer whose compressed hash this is (``Image.LayerByDigest``)."""
        found: Layer = self._ask("LayerByDigest", to_hash(digest))
        return found

    def layer_by_diff_id(self, diff_id: Hash | str) -> Layer:
        """The layer whose uncompressed hash this is (``Image.LayerByDiffID``)."""
        found: Layer = self._ask("LayerByDiffID", to_hash(diff_id))
        return found

    def descriptor(self) -> Descriptor:
        """How a manifest refers to the image (``partial.Descriptor``)."""
        found: Descriptor = function("partial.Descriptor")(self)
        return found

    def close(self) -> None:
        """Release the image; its layers and streams stay open. Idempotent."""
        self.handle.close()


class GoIndex(GoObject, ImageIndex):
    """An index that lives in Go."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, sources: tuple[Source, ...]) -> None:
        self.handle = Handle(number, "index")
        self.sources = sources

    def _ask(self, method: str, *arguments: object) -> Any:
        return function(f"ImageIndex.{method}")(self, *arguments)

    def media_type(self) -> MediaType:
        """Media type of the index (``ImageIndex.MediaType``)."""
        found: MediaType = self._ask("MediaType")
        return found

    def digest(self) -> Hash:
        """SHA-256 of the index (``ImageIndex.Digest``)."""
        found: Hash = self._ask("Digest")
        return found

    def size(self) -> int:
        """Size of the index in bytes (``ImageIndex.Size``)."""
        found: int = self._ask("Size")
        return found

    def index_manifest(self) -> IndexManifest:
        """The parsed index (``ImageIndex.IndexManifest``)."""
        found: IndexManifest = self._ask("IndexManifest")
        return found

    def raw_manifest(self) -> bytes:
        """The bytes of the index (``ImageIndex.RawManifest``)."""
        found: bytes = self._ask("RawManifest")
        return found

    def image(self, digest: Hash | str) -> Image:
        """The image with this manifest digest (``ImageIndex.Image``)."""
        found: Image = self._ask("Image", to_hash(digest))
        return found

    def image_index(self, digest: Hash | str) -> ImageIndex:
        """The nested index with this digest (``ImageIndex.ImageIndex``)."""
        found: ImageIndex = self._ask("ImageIndex", to_hash(digest))
        return found

    def layer(self, digest: Hash | str) -> Layer:
        """The entry with this digest that is a layer (``remoteIndex.Layer``).

        Raises:
            UnsupportedOptionError: the index is of a kind that lists none.
        """
        found: Layer = self._ask("Layer", to_hash(digest))
        return found

    def descriptor(self) -> Descriptor:
        """How a manifest refers to the index (``partial.Descriptor``)."""
        found: Descriptor = function("partial.Descriptor")(self)
        return found

    def lists_layers(self) -> bool:
        """Whether the index is of a kind that has the method ``layer``."""
        found: bool = self._ask("ListsLayers")
        return found

    def manifests(self) -> list[Describable]:
        """What the index lists, as objects (``partial.Manifests``)."""
        found: list[Describable] = function("partial.Manifests")(self)
        return found

    def close(self) -> None:
        """Release the index; what came out of it stays open. Idempotent."""
        self.handle.close()


class GoDescribed(GoObject):
    """An entry of an index that lives in Go, and is no image, index or layer."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, sources: tuple[Source, ...]) -> None:
        self.handle = Handle(number, "entry")
        self.sources = sources

    def _ask(self, method: str) -> Any:
        return function(f"Describable.{method}")(self)

    def digest(self) -> Hash:
        """The hash that the index names (``Describable.Digest``)."""
        found: Hash = self._ask("Digest")
        return found

    def size(self) -> int:
        """The size in bytes that the index names (``Describable.Size``)."""
        found: int = self._ask("Size")
        return found

    def media_type(self) -> MediaType:
        """The media type that the index names (``Describable.MediaType``)."""
        found: MediaType = self._ask("MediaType")
        return found

    def descriptor(self) -> Descriptor:
        """The whole entry."""
        found: Descriptor = function("partial.Descriptor")(self)
        return found

    def close(self) -> None:
        """Release the entry. Idempotent."""
        self.handle.close()


# By the kinds of results that the table reports.
CLASSES: dict[str, Callable[[int, tuple[Source, ...]], Any]] = {
    "image": GoImage,
    "index": GoIndex,
    "layer": GoLayer,
    "described": GoDescribed,
    "stream": GoStream,
}
