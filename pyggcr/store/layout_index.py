"""The ``index.json`` of a store as an index, and what it leads to, byte for byte.

``Store.index`` gives it. Where ``layout`` reads a folder, this reads whatever ``files`` can.
"""

from __future__ import annotations

import io

from pyggcr import partial, v1
from pyggcr._layers.file_names import blob_name
from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.store.documents import Documents
    from pyggcr.store.files import Files
    from pyggcr.types import MediaType

__all__ = ["StoredIndex"]


class StoredIndex(v1.ImageIndex):
    """An index of a store; closing it closes nothing."""

    def __init__(
        self, files: Files, documents: Documents, raw: bytes, media_type: MediaType
    ) -> None:
        self._files = files
        self._documents = documents
        self._raw = raw
        self._media_type = media_type

    def media_type(self) -> MediaType:
        """Media type of the index."""
        return self._media_type

    def digest(self) -> v1.Hash:
        """SHA-256 of the index."""
        return v1.sha256(io.BytesIO(self._raw))[0]

    def size(self) -> int:
        """Size of the index in bytes."""
        return len(self._raw)

    def index_manifest(self) -> v1.IndexManifest:
        """The parsed index."""
        return v1.parse_index_manifest(self._raw)

    def raw_manifest(self) -> bytes:
        """The bytes of the index."""
        return self._raw

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """The image that an entry describes; its manifest is compared with the digest."""
        described = self._entry(digest)
        core = _Core(
            self._files, self._documents, self._documents.blob(described.digest), described
        )
        return partial.compressed_to_image(core)

    def image_index(self, digest: v1.Hash | str) -> StoredIndex:
        """The index that an entry describes; its bytes are compared with the digest."""
        described = self._entry(digest)
        raw = self._documents.blob(described.digest)
        return StoredIndex(self._files, self._documents, raw, described.media_type)

    def _entry(self, digest: v1.Hash | str) -> v1.Descriptor:
        wanted = v1.to_hash(digest)
        for described in self.index_manifest().manifests or ():
            if described.digest == wanted:
                return described
        raise Error(f"could not find descriptor in index: {wanted}")


class _Core:
    """What ``partial.compressed_to_image`` completes to an image."""

    def __init__(
        self, files: Files, documents: Documents, raw: bytes, described: v1.Descriptor
    ) -> None:
        self._files = files
        self._documents = documents
        self._raw = raw
        self._described = described

    def media_type(self) -> MediaType:
        return self._described.media_type

    def raw_manifest(self) -> bytes:
        return self._raw

    def raw_config_file(self) -> bytes:
        return self._documents.blob(v1.parse_manifest(self._raw).config.digest)

    def layer_by_digest(self, digest: v1.Hash) -> _Blob:
        manifest = v1.parse_manifest(self._raw)
        for described in (manifest.config, *(manifest.layers or ())):
            if described.digest == digest:
                return _Blob(self._files, described)
        raise Error(f"could not find layer in image: {digest}")


class _Blob:
    def __init__(self, files: Files, described: v1.Descriptor) -> None:
        self._files = files
        self._described = described
        self.anywhere = files.anywhere

    def digest(self) -> v1.Hash:
        return self._described.digest

    def compressed(self) -> io.RawIOBase:
        return self._files.open(blob_name(self._described.digest))

    def size(self) -> int:
        return self._described.size

    def media_type(self) -> MediaType:
        return self._described.media_type
