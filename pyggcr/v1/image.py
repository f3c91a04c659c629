"""The interfaces of pkg/v1: ``Image``, ``Layer`` and ``ImageIndex`` as abstract classes.

Both engines subclass them, and users may. They have methods where Go has methods, and no
properties: a method may read gigabytes and can fail. All three are context managers; ``close`` is
idempotent and may be called from any thread.
"""

from __future__ import annotations

import abc
import io

from pyggcr._os.closeable import Closeable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

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
        """Return the hash of the compressed layer (``Layer.Digest``).

        Returns:
            The digest of the blob.

        Raises:
            Error: the layer cannot be read; the subclass says why, such as ``CompressionError``,
                ``TransportError`` or, for a stream that was not read yet,
                ``StreamNotComputedError``.
        """

    @abc.abstractmethod
    def diff_id(self) -> Hash:
        """Return the hash of the uncompressed layer (``Layer.DiffID``).

        Returns:
            The DiffID.

        Raises:
            Error: the layer cannot be read; the subclass says why, such as ``CompressionError``,
                ``TransportError`` or, for a stream that was not read yet,
                ``StreamNotComputedError``.
        """

    @abc.abstractmethod
    def compressed(self) -> io.RawIOBase:
        """Open the compressed bytes (``Layer.Compressed``).

        Returns:
            A binary stream, which the caller has to close.

        Raises:
            Error: the layer cannot be read; the subclass says why, such as ``CompressionError``,
                ``TransportError`` or, for a stream that was not read yet,
                ``StreamNotComputedError``.
        """

    @abc.abstractmethod
    def uncompressed(self) -> io.RawIOBase:
        """Open the uncompressed bytes (``Layer.Uncompressed``).

        Returns:
            A binary stream, which the caller has to close.

        Raises:
            Error: the layer cannot be read; the subclass says why, such as ``CompressionError``,
                ``TransportError`` or, for a stream that was not read yet,
                ``StreamNotComputedError``.
        """

    @abc.abstractmethod
    def size(self) -> int:
        """Return the size of the compressed layer (``Layer.Size``).

        Returns:
            Bytes.

        Raises:
            Error: the layer cannot be read; the subclass says why, such as ``CompressionError``,
                ``TransportError`` or, for a stream that was not read yet,
                ``StreamNotComputedError``.
        """

    @abc.abstractmethod
    def media_type(self) -> MediaType:
        """Return the media type of the layer (``Layer.MediaType``).

        Returns:
            The media type.

        Raises:
            Error: the layer cannot be read; the subclass says why, such as ``CompressionError``,
                ``TransportError`` or, for a stream that was not read yet,
                ``StreamNotComputedError``.
        """


class Image(_Served, abc.ABC):
    """A container image: config, manifest and layers (``v1.Image``)."""

    _what = "image"

    @abc.abstractmethod
    def layers(self) -> list[Layer]:
        """Return the layers (``Image.Layers``).

        Returns:
            The layers, base layer first.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def media_type(self) -> MediaType:
        """Return the media type of the manifest (``Image.MediaType``).

        Returns:
            The media type.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def size(self) -> int:
        """Return the size of the manifest (``Image.Size``).

        Returns:
            Bytes.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def config_name(self) -> Hash:
        """Return the hash of the config file, also known as the image ID (``Image.ConfigName``).

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def config_file(self) -> ConfigFile:
        """Return the parsed config file (``Image.ConfigFile``).

        Returns:
            The config file.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
            JSONError: the config file is malformed.
        """

    @abc.abstractmethod
    def raw_config_file(self) -> bytes:
        """Return the bytes of the config file (``Image.RawConfigFile``).

        Returns:
            The document.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def digest(self) -> Hash:
        """Return the hash of the manifest (``Image.Digest``).

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def manifest(self) -> Manifest:
        """Return the parsed manifest (``Image.Manifest``).

        Returns:
            The manifest.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
            JSONError: the manifest is malformed.
        """

    @abc.abstractmethod
    def raw_manifest(self) -> bytes:
        """Return the bytes of the manifest (``Image.RawManifest``).

        Returns:
            The document.

        Raises:
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def layer_by_digest(self, digest: Hash | str) -> Layer:
        """Find a layer by the hash of its compressed bytes (``Image.LayerByDigest``).

        Args:
            digest: the digest.

        Returns:
            The layer.

        Raises:
            UnknownBlobError: the image has no such blob.
            InvalidHashError: a text is not a digest.
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """

    @abc.abstractmethod
    def layer_by_diff_id(self, diff_id: Hash | str) -> Layer:
        """Find a layer by the hash of its uncompressed bytes (``Image.LayerByDiffID``).

        Args:
            diff_id: the DiffID.

        Returns:
            The layer.

        Raises:
            UnknownDiffIDError: the image has no such layer.
            InvalidHashError: a text is not a digest.
            Error: the image cannot be read; the subclass says why, such as ``ArchiveError``,
                ``FileAccessError`` or ``TransportError``.
        """


class ImageIndex(_Served, abc.ABC):
    """A list of images, for example one for each platform (``v1.ImageIndex``)."""

    _what = "index"

    @abc.abstractmethod
    def media_type(self) -> MediaType:
        """Return the media type of the index (``ImageIndex.MediaType``).

        Returns:
            The media type.

        Raises:
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
        """

    @abc.abstractmethod
    def digest(self) -> Hash:
        """Return the hash of the index (``ImageIndex.Digest``).

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
        """

    @abc.abstractmethod
    def size(self) -> int:
        """Return the size of the index (``ImageIndex.Size``).

        Returns:
            Bytes.

        Raises:
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
        """

    @abc.abstractmethod
    def index_manifest(self) -> IndexManifest:
        """Return the parsed index (``ImageIndex.IndexManifest``).

        Returns:
            The index manifest.

        Raises:
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
            JSONError: the index is malformed.
        """

    @abc.abstractmethod
    def raw_manifest(self) -> bytes:
        """Return the bytes of the index (``ImageIndex.RawManifest``).

        Returns:
            The document.

        Raises:
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
        """

    @abc.abstractmethod
    def image(self, digest: Hash | str) -> Image:
        """Open an image of the index (``ImageIndex.Image``).

        Args:
            digest: the digest of its manifest.

        Returns:
            The image.

        Raises:
            InvalidHashError: a text is not a digest.
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
        """

    @abc.abstractmethod
    def image_index(self, digest: Hash | str) -> ImageIndex:
        """Open a nested index (``ImageIndex.ImageIndex``).

        Args:
            digest: the digest of its manifest.

        Returns:
            The nested index.

        Raises:
            InvalidHashError: a text is not a digest.
            Error: the index cannot be read; the subclass says why, such as ``FileAccessError`` or
                ``TransportError``.
        """
