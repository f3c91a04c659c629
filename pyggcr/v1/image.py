"""The interfaces of pkg/v1: ``Image``, ``Layer`` and ``ImageIndex`` as abstract classes.

Both engines subclass them, and users may. Methods, not properties, because Go has methods: they
may read gigabytes and can fail. All three are context managers; ``close`` is idempotent and may
be called from any thread.
"""

from __future__ import annotations

import abc
import io
from typing import TYPE_CHECKING, ClassVar

from pyggcr._os.closeable import Closeable

if TYPE_CHECKING:
    from pyggcr.types import MediaType
    from pyggcr.v1.config import ConfigFile
    from pyggcr.v1.hash import Hash
    from pyggcr.v1.manifest import IndexManifest, Manifest

__all__ = ["Image", "ImageIndex", "Layer"]


class _Served(Closeable):
    # Which engine computes ``partial`` and ``validate`` for the object unless told otherwise.
    # What a user writes in Python is served by the Python engine.
    engine: ClassVar[str] = "python"
    _what: ClassVar[str]

    def _known_as(self) -> str:
        """What tells the object from others, as far as no work is needed to know it."""
        return ""

    def __repr__(self) -> str:
        known = self._known_as()
        return f"<{self._what} of the {self.engine} engine{known and f': {known}'}>"


class Layer(_Served, abc.ABC):
    """One layer of an image (``v1.Layer``)."""

    _what = "layer"

    @abc.abstractmethod
    def digest(self) -> Hash:
        """Hash of the compressed layer (``Layer.Digest``)."""

    @abc.abstractmethod
    def diff_id(self) -> Hash:
        """Hash of the uncompressed layer (``Layer.DiffID``)."""

    @abc.abstractmethod
    def compressed(self) -> io.RawIOBase:
        """A stream of the compressed bytes; the caller closes it (``Layer.Compressed``)."""

    @abc.abstractmethod
    def uncompressed(self) -> io.RawIOBase:
        """A stream of the uncompressed bytes; the caller closes it (``Layer.Uncompressed``)."""

    @abc.abstractmethod
    def size(self) -> int:
        """Size of the compressed layer in bytes (``Layer.Size``)."""

    @abc.abstractmethod
    def media_type(self) -> MediaType:
        """Media type of the layer (``Layer.MediaType``)."""


class Image(_Served, abc.ABC):
    """A container image: config, manifest and layers (``v1.Image``)."""

    _what = "image"

    @abc.abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, base layer first (``Image.Layers``)."""

    @abc.abstractmethod
    def media_type(self) -> MediaType:
        """Media type of the manifest (``Image.MediaType``)."""

    @abc.abstractmethod
    def size(self) -> int:
        """Size of the manifest in bytes (``Image.Size``)."""

    @abc.abstractmethod
    def config_name(self) -> Hash:
        """Hash of the config file, also known as the image ID (``Image.ConfigName``)."""

    @abc.abstractmethod
    def config_file(self) -> ConfigFile:
        """The parsed config file (``Image.ConfigFile``)."""

    @abc.abstractmethod
    def raw_config_file(self) -> bytes:
        """The bytes of the config file (``Image.RawConfigFile``)."""

    @abc.abstractmethod
    def digest(self) -> Hash:
        """SHA-256 of the manifest (``Image.Digest``)."""

    @abc.abstractmethod
    def manifest(self) -> Manifest:
        """The manifest (``Image.Manifest``)."""

    @abc.abstractmethod
    def raw_manifest(self) -> bytes:
        """The bytes of the manifest (``Image.RawManifest``)."""

    @abc.abstractmethod
    def layer_by_digest(self, digest: Hash | str) -> Layer:
        """The layer whose compressed hash this is (``Image.LayerByDigest``).

        Raises:
            UnknownBlobError: the image has no such blob.
        """

    @abc.abstractmethod
    def layer_by_diff_id(self, diff_id: Hash | str) -> Layer:
        """The layer whose uncompressed hash this is (``Image.LayerByDiffID``).

        Raises:
            UnknownDiffIDError: the image has no such layer.
        """


class ImageIndex(_Served, abc.ABC):
    """A list of images, one per platform or tag (``v1.ImageIndex``)."""

    _what = "index"

    @abc.abstractmethod
    def media_type(self) -> MediaType:
        """Media type of the index (``ImageIndex.MediaType``)."""

    @abc.abstractmethod
    def digest(self) -> Hash:
        """SHA-256 of the index (``ImageIndex.Digest``)."""

    @abc.abstractmethod
    def size(self) -> int:
        """Size of the index in bytes (``ImageIndex.Size``)."""

    @abc.abstractmethod
    def index_manifest(self) -> IndexManifest:
        """The parsed index (``ImageIndex.IndexManifest``)."""

    @abc.abstractmethod
    def raw_manifest(self) -> bytes:
        """The bytes of the index (``ImageIndex.RawManifest``)."""

    @abc.abstractmethod
    def image(self, digest: Hash | str) -> Image:
        """The image with this manifest digest (``ImageIndex.Image``)."""

    @abc.abstractmethod
    def image_index(self, digest: Hash | str) -> ImageIndex:
        """The nested index with this digest (``ImageIndex.ImageIndex``)."""
