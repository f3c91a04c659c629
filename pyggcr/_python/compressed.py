"""Images and layers completed from their compressed form: pkg/v1/partial/compressed.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr._python import partial
from pyggcr._python.closing import Closing
from pyggcr._python.compression import peek_compression, unzip

if TYPE_CHECKING:
    import io

    from pyggcr._python.core import CompressedImageCore, CompressedLayerCore
    from pyggcr.types import MediaType

__all__ = ["CompressedImage", "CompressedLayer"]


class CompressedLayer(Closing, v1.Layer):
    """A layer known by its blob (``partial.CompressedToLayer``)."""

    _kind = "layer"

    def __init__(self, core: CompressedLayerCore) -> None:
        self.core = core

    def digest(self) -> v1.Hash:
        """Hash of the compressed layer."""
        self._use()
        return self.core.digest()

    def diff_id(self) -> v1.Hash:
        """Hash of the uncompressed layer; reads the whole blob."""
        self._use()
        with self.uncompressed() as stream:
            return v1.sha256(stream)[0]

    def compressed(self) -> io.RawIOBase:
        """The blob as it is."""
        self._use()
        return self.core.compressed()

    def uncompressed(self) -> io.RawIOBase:
        """The content; blobs that are called compressed often are not, so the bytes decide."""
        self._use()
        stream = self.core.compressed()
        try:
            compression, peeked = peek_compression(stream)
            return unzip(compression, peeked, self.core.compressed)
        except BaseException:
            stream.close()
            raise

    def size(self) -> int:
        """Size of the blob in bytes."""
        self._use()
        return self.core.size()

    def media_type(self) -> MediaType:
        """Media type of the blob."""
        self._use()
        return self.core.media_type()


class CompressedImage(Closing, v1.Image):
    """An image known by its manifest and blobs (``partial.CompressedToImage``)."""

    _kind = "image"

    def __init__(self, core: CompressedImageCore) -> None:
        self.core = core
        self._table: partial.LayerTable | None = None

    def layers(self) -> list[v1.Layer]:
        """The layers in the manifest's order."""
        return [self.layer_by_digest(digest) for digest in partial.fs_layers(self)]

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        self._use()
        return self.core.media_type()

    def size(self) -> int:
        """Size of the manifest in bytes."""
        return partial.size(self)

    def config_name(self) -> v1.Hash:
        """Hash of the config file."""
        return partial.config_name(self)

    def config_file(self) -> v1.ConfigFile:
        """The parsed config file."""
        return partial.config_file(self)

    def raw_config_file(self) -> bytes:
        """The bytes of the config file."""
        self._use()
        return self.core.raw_config_file()

    def digest(self) -> v1.Hash:
        """SHA-256 of the manifest."""
        return partial.digest(self)

    def manifest(self) -> v1.Manifest:
        """The manifest, parsed from its bytes."""
        return partial.manifest(self)

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest."""
        self._use()
        return self.core.raw_manifest()

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The layer whose blob has this digest."""
        self._use()
        return CompressedLayer(self.core.layer_by_digest(v1.to_hash(digest)))

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose content has this DiffID."""
        self._use()
        if self._table is None:
            self._table = partial.LayerTable(self)
        return self.layer_by_digest(self._table.diff_id_to_blob(v1.to_hash(diff_id)))
