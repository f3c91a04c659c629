"""An image and an index with nothing in them: pkg/v1/empty."""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._layers.uncompressed import UncompressedImage
from pyggcr.errors import Error
from pyggcr.types import MediaType
from pyggcr.v1.hash import to_hash

__all__ = ["image", "index"]

# No layer is ever compressed, so any profile will do.
_PROFILE = "go1.26"


def image() -> v1.Image:
    """The image without layers (``empty.Image``)."""
    return UncompressedImage(_EmptyImage(), _PROFILE)


def index() -> v1.ImageIndex:
    """The index without entries (``empty.Index``)."""
    return _EmptyIndex()


class _EmptyImage:
    """What ``UncompressedImage`` asks of an image that has nothing."""

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_MANIFEST_SCHEMA2

    def raw_config_file(self) -> bytes:
        # Some clients look at the type.
        return json.marshal(v1.ConfigFile(rootfs=v1.RootFS(type="layers")))

    def layer_by_diff_id(self, diff_id: v1.Hash) -> v1.Layer:
        raise Error(f"LayerByDiffID({diff_id}): empty image")


class _EmptyIndex(v1.ImageIndex):
    def media_type(self) -> MediaType:
        """Media type of the index (``ImageIndex.MediaType``)."""
        return MediaType.OCI_IMAGE_INDEX

    def digest(self) -> v1.Hash:
        """SHA-256 of the index (``ImageIndex.Digest``)."""
        return v1.sha256(io.BytesIO(self.raw_manifest()))[0]

    def size(self) -> int:
        """Size of the index in bytes (``ImageIndex.Size``)."""
        return len(self.raw_manifest())

    def index_manifest(self) -> v1.IndexManifest:
        """The parsed index (``ImageIndex.IndexManifest``)."""
        return v1.IndexManifest(
            schema_version=2, media_type=MediaType.OCI_IMAGE_INDEX, manifests=[]
        )

    def raw_manifest(self) -> bytes:
        """The bytes of the index (``ImageIndex.RawManifest``)."""
        return json.marshal(self.index_manifest())

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """Raise the error of a look-up (``ImageIndex.Image``)."""
        to_hash(digest)
        raise Error("empty index")

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """Raise the error of a look-up (``ImageIndex.ImageIndex``)."""
        to_hash(digest)
        raise Error("empty index")
