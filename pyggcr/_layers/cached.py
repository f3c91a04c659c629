"""Images and indexes whose layers come from a cache: pkg/v1/cache/cache.go."""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._layers.core import ForwardedLayer, may_be_read_anywhere
from pyggcr._os.logs import Log
from pyggcr.errors import LayerNotFoundError
from pyggcr.v1.hash import to_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._values.cache import Cache
    from pyggcr.types import MediaType

__all__ = ["CachedImage", "CachedIndex"]

_log = Log(__name__)


class CachedImage(v1.Image):
    """An image whose layers come from a cache, or go there when they are read (``cache.Image``)."""

    def __init__(self, image: v1.Image, cache: Cache) -> None:
        """Take an image, which is closed with this one, and a cache."""
        self._image = image
        self._cache = cache

    def layers(self) -> list[v1.Layer]:
        """Return the layers, each of which uses the cache when it is read.

        Returns:
            The layers, base layer first.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return [_CachedLayer(layer, self._cache) for layer in self._image.layers()]

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """Take a layer from the cache by its digest, or from the image into the cache.

        Args:
            digest: the digest.

        Returns:
            The layer.

        Raises:
            UnknownBlobError: neither has the layer.
            InvalidHashError: a text is not a digest.
            Error: the layer or the cache cannot be read; the subclass says why.
        """
        try:
            return self._cache.get(to_hash(digest))
        except LayerNotFoundError:
            return self._cache.put(self._image.layer_by_digest(digest))

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """Take a layer from the cache by its DiffID, or from the image into the cache.

        Args:
            diff_id: the DiffID.

        Returns:
            The layer.

        Raises:
            UnknownDiffIDError: neither has the layer.
            InvalidHashError: a text is not a digest.
            Error: the layer or the cache cannot be read; the subclass says why.
        """
        try:
            return self._cache.get(to_hash(diff_id))
        except LayerNotFoundError:
            return self._cache.put(self._image.layer_by_diff_id(diff_id))

    def media_type(self) -> MediaType:
        """Return the media type of the manifest.

        Returns:
            The media type.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.media_type()

    def size(self) -> int:
        """Return the size of the manifest.

        Returns:
            Bytes.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.size()

    def config_name(self) -> v1.Hash:
        """Return the hash of the config file.

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.config_name()

    def config_file(self) -> v1.ConfigFile:
        """Return the parsed config file.

        Returns:
            The config file.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.config_file()

    def raw_config_file(self) -> bytes:
        """Return the bytes of the config file.

        Returns:
            The document.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.raw_config_file()

    def digest(self) -> v1.Hash:
        """Return the hash of the manifest.

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.digest()

    def manifest(self) -> v1.Manifest:
        """Return the parsed manifest.

        Returns:
            The manifest.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.manifest()

    def raw_manifest(self) -> bytes:
        """Return the bytes of the manifest.

        Returns:
            The document.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._image.raw_manifest()

    def close(self) -> None:
        """Close the image whose layers are cached."""
        self._image.close()


class CachedIndex(v1.ImageIndex):
    """An index whose images take their layers from a cache (``cache.ImageIndex``)."""

    def __init__(self, index: v1.ImageIndex, cache: Cache) -> None:
        """Take an index, which is closed with this one, and a cache."""
        self._index = index
        self._cache = cache

    def media_type(self) -> MediaType:
        """Return the media type of the index.

        Returns:
            The media type.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._index.media_type()

    def digest(self) -> v1.Hash:
        """Return the hash of the index.

        Returns:
            The SHA-256 hash.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._index.digest()

    def size(self) -> int:
        """Return the size of the index.

        Returns:
            Bytes.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._index.size()

    def index_manifest(self) -> v1.IndexManifest:
        """Return the parsed index.

        Returns:
            The index manifest.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._index.index_manifest()

    def raw_manifest(self) -> bytes:
        """Return the bytes of the index.

        Returns:
            The document.

        Raises:
            Error: the image cannot be read; the subclass says why.
        """
        return self._index.raw_manifest()

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """Open an image of the index, whose layers come from the cache.

        Args:
            digest: the digest of its manifest.

        Returns:
            The image.

        Raises:
            InvalidHashError: a text is not a digest.
            Error: the image cannot be read; the subclass says why.
        """
        return CachedImage(self._index.image(digest), self._cache)

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """Open a nested index, whose layers come from the cache.

        Args:
            digest: the digest of its manifest.

        Returns:
            The nested index.

        Raises:
            InvalidHashError: a text is not a digest.
            Error: the image cannot be read; the subclass says why.
        """
        return CachedIndex(self._index.image_index(digest), self._cache)

    def close(self) -> None:
        """Close the index whose images are cached."""
        self._index.close()


class _CachedLayer(ForwardedLayer):
    """``lazyLayer``: asks the cache when it is opened."""

    def __init__(self, layer: v1.Layer, cache: Cache) -> None:
        super().__init__(layer)
        self.anywhere = may_be_read_anywhere(layer)
        self._cache = cache

    def compressed(self) -> io.RawIOBase:
        return self._find(self.layer.digest(), "compressed").compressed()

    def uncompressed(self) -> io.RawIOBase:
        return self._find(self.layer.diff_id(), "uncompressed").uncompressed()

    def _find(self, digest: v1.Hash, form: str) -> v1.Layer:
        try:
            found = self._cache.get(digest)
        except LayerNotFoundError:
            _log.info("Layer %s not found (%s) in cache, getting", digest, form)
            return self._cache.put(self.layer)
        _log.info("Layer %s found (%s) in cache", digest, form)
        return found
