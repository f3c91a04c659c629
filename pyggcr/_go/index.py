"""Indexes of the Go engine: ``v1.ImageIndex`` over handles, through native/index.go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pyggcr._go import call, models
from pyggcr._go.handle import Handle
from pyggcr._go.image import GoImage, GoLayer
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash, to_hash
from pyggcr.v1.image import ImageIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyggcr._go.opener import Files
    from pyggcr.v1.image import Image, Layer
    from pyggcr.v1.manifest import IndexManifest

__all__ = ["GoIndex"]

_T = TypeVar("_T")


class GoIndex(ImageIndex):
    """An index that lives in Go."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, opener: Files | None) -> None:
        self.handle = Handle(number, "index")
        self.opener = opener

    def _ask(self, read: Callable[[Any, Any], _T], door: str, *arguments: object) -> _T:
        return call.ask(read, door, self.handle.number, *arguments, opener=self.opener)

    def media_type(self) -> MediaType:
        """Media type of the index (``ImageIndex.MediaType``)."""
        return MediaType(self._ask(call.text, "index_media_type"))

    def digest(self) -> Hash:
        """SHA-256 of the index (``ImageIndex.Digest``)."""
        return models.hash_of(self._ask(call.text, "index_digest"))

    def size(self) -> int:
        """Size of the index in bytes (``ImageIndex.Size``)."""
        return self._ask(call.number, "index_size")

    def index_manifest(self) -> IndexManifest:
        """The parsed index (``ImageIndex.IndexManifest``)."""
        return models.index_manifest(self._ask(call.data, "index_manifest"))

    def raw_manifest(self) -> bytes:
        """The bytes of the index (``ImageIndex.RawManifest``)."""
        return self._ask(call.data, "index_raw_manifest")

    def image(self, digest: Hash | str) -> Image:
        """The image with this manifest digest (``ImageIndex.Image``)."""
        wanted = models.text_of(to_hash(digest))
        return GoImage(self._ask(call.handle, "index_image", wanted, len(wanted)), self.opener)

    def image_index(self, digest: Hash | str) -> ImageIndex:
        """The nested index with this digest (``ImageIndex.ImageIndex``)."""
        wanted = models.text_of(to_hash(digest))
        return GoIndex(
            self._ask(call.handle, "index_image_index", wanted, len(wanted)), self.opener
        )

    def layer(self, digest: Hash | str) -> Layer:
        """The entry with this digest that is a layer (``remoteIndex.Layer``).

        Raises:
            UnsupportedOptionError: the index is of a kind that lists none.
        """
        wanted = models.text_of(to_hash(digest))
        return GoLayer(self._ask(call.handle, "index_layer", wanted, len(wanted)), self.opener)

    def close(self) -> None:
        """Release the index; what came out of it stays open. Idempotent."""
        self.handle.close()
