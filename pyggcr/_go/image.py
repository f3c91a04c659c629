"""Images and layers of the Go engine: ``v1.Image`` and ``v1.Layer`` over handles.

Each method is one call of the function of the same name in native/image.go or native/layer.go.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pyggcr._go import call, models
from pyggcr._go.handle import Handle
from pyggcr._go.stream import GoStream
from pyggcr.types import MediaType
from pyggcr.v1.hash import Hash, to_hash
from pyggcr.v1.image import Image, Layer

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from pyggcr._go.opener import Files
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.manifest import Manifest

__all__ = ["GoImage", "GoLayer"]

_T = TypeVar("_T")


class GoLayer(Layer):
    """A layer that lives in Go."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, opener: Files | None) -> None:
        self.handle = Handle(number, "layer")
        self.opener = opener

    def _ask(self, read: Callable[[Any, Any], _T], door: str) -> _T:
        return call.ask(read, door, self.handle.number, opener=self.opener)

    def digest(self) -> Hash:
        """Hash of the compressed layer (``Layer.Digest``)."""
        return models.hash_of(self._ask(call.text, "layer_digest"))

    def diff_id(self) -> Hash:
        """Hash of the uncompressed layer (``Layer.DiffID``)."""
        return models.hash_of(self._ask(call.text, "layer_diff_id"))

    def size(self) -> int:
        """Size of the compressed layer in bytes (``Layer.Size``)."""
        return self._ask(call.number, "layer_size")

    def media_type(self) -> MediaType:
        """Media type of the layer (``Layer.MediaType``)."""
        return MediaType(self._ask(call.text, "layer_media_type"))

    def compressed(self) -> io.RawIOBase:
        """A stream of the compressed bytes (``Layer.Compressed``)."""
        return GoStream(self._ask(call.handle, "layer_compressed"), self.opener)

    def uncompressed(self) -> io.RawIOBase:
        """A stream of the uncompressed bytes (``Layer.Uncompressed``)."""
        return GoStream(self._ask(call.handle, "layer_uncompressed"), self.opener)

    def close(self) -> None:
        """Release the layer; streams of it stay open. Idempotent."""
        self.handle.close()


class GoImage(Image):
    """An image that lives in Go."""

    engine: ClassVar[str] = "go"

    def __init__(self, number: int, opener: Files | None) -> None:
        self.handle = Handle(number, "image")
        self.opener = opener

    def _ask(self, read: Callable[[Any, Any], _T], door: str, *arguments: object) -> _T:
        return call.ask(read, door, self.handle.number, *arguments, opener=self.opener)

    def layers(self) -> list[Layer]:
        """The layers, base layer first (``Image.Layers``)."""
        return [GoLayer(number, self.opener) for number in self._ask(_handles, "image_layers")]

    def media_type(self) -> MediaType:
        """Media type of the manifest (``Image.MediaType``)."""
        return MediaType(self._ask(call.text, "image_media_type"))

    def size(self) -> int:
        """Size of the manifest in bytes (``Image.Size``)."""
        return self._ask(call.number, "image_size")

    def config_name(self) -> Hash:
        """Hash of the config file (``Image.ConfigName``)."""
        return models.hash_of(self._ask(call.text, "image_config_name"))

    def config_file(self) -> ConfigFile:
        """The parsed config file (``Image.ConfigFile``)."""
        return models.config_file(self._ask(call.data, "image_config_file"))

    def raw_config_file(self) -> bytes:
        """The bytes of the config file (``Image.RawConfigFile``)."""
        return self._ask(call.data, "image_raw_config_file")

    def digest(self) -> Hash:
        """SHA-256 of the manifest (``Image.Digest``)."""
        return models.hash_of(self._ask(call.text, "image_digest"))

    def manifest(self) -> Manifest:
        """The manifest (``Image.Manifest``)."""
        return models.manifest(self._ask(call.data, "image_manifest"))

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest (``Image.RawManifest``)."""
        return self._ask(call.data, "image_raw_manifest")

    def layer_by_digest(self, digest: Hash | str) -> Layer:
        """The layer whose compressed hash this is (``Image.LayerByDigest``)."""
        wanted = models.text_of(to_hash(digest))
        number = self._ask(call.handle, "image_layer_by_digest", wanted, len(wanted))
        return GoLayer(number, self.opener)

    def layer_by_diff_id(self, diff_id: Hash | str) -> Layer:
        """The layer whose uncompressed hash this is (``Image.LayerByDiffID``)."""
        wanted = models.text_of(to_hash(diff_id))
        number = self._ask(call.handle, "image_layer_by_diff_id", wanted, len(wanted))
        return GoLayer(number, self.opener)

    def close(self) -> None:
        """Release the image; its layers and streams stay open. Idempotent."""
        self.handle.close()


def _handles(ffi: Any, result: Any) -> list[int]:
    return [number for (number,) in struct.iter_unpack("=Q", call.data(ffi, result))]
