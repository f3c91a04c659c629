"""An OCI layout whose documents are at hand, and whose blobs are fetched when they are read.

Where the blobs come from is a subclass's business: ``registry_files`` asks a registry.
"""

from __future__ import annotations

import abc

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._gostd.stream import BytesStream, PieceStream
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.file_names import INDEX_JSON, OCI_LAYOUT, blob_digest, blob_name
from pyggcr.errors import MissingFileError
from pyggcr.store.files import Files
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable

__all__ = ["FetchedFiles"]

_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_SCHEMA_VERSION = 2


class FetchedFiles(Files):
    """An OCI layout of one image or index, of which documents are at hand and blobs are fetched."""

    is_far = True

    def __init__(self, described: v1.Descriptor, documents: dict[v1.Hash, bytes]) -> None:
        """Take what is at hand.

        Args:
            described: what ``index.json`` lists.
            documents: manifests and others, by digest; more may come into it later.
        """
        index = v1.IndexManifest(
            schema_version=_SCHEMA_VERSION,
            media_type=MediaType.OCI_IMAGE_INDEX,
            manifests=[described],
        )
        self._marks = {OCI_LAYOUT: _LAYOUT, INDEX_JSON: json.marshal(index)}
        self._documents = documents
        self._blobs: dict[str, int] = {}  # sizes of configs and layers that manifests name

    def list_blobs(self, manifest: v1.Manifest) -> None:
        """Have ``entries`` list the config and the layers of a manifest."""
        for blob in (manifest.config, *(manifest.layers or ())):
            self._blobs[blob_name(blob.digest)] = max(blob.size, 0)

    def entries(self) -> EntryTable:
        """What is known to be there: files of a layout, documents, and blobs that were listed."""
        self.check_open()
        sizes = {**self._blobs, **{name: len(data) for name, data in self._marks.items()}}
        sizes.update((blob_name(digest), len(data)) for digest, data in self._documents.items())
        return EntryTable(Entry(name, "file", size, "") for name, size in sizes.items())

    def open(self, name: str) -> io.RawIOBase:
        """The content of a document or a blob; see ``Files.open``."""
        self.check_open()
        if name in self._marks:
            return BytesStream(self._marks[name])
        digest = _digest_of(name)
        document = self._document(digest)
        return _Blob(lambda: self._open_blob(digest)) if document is None else BytesStream(document)

    def _document(self, digest: v1.Hash) -> bytes | None:
        """A document; nothing for what is a blob."""
        return self._documents.get(digest)

    @abc.abstractmethod
    def _open_blob(self, digest: v1.Hash) -> io.RawIOBase:
        """Fetch a blob."""


def _digest_of(name: str) -> v1.Hash:
    """The digest that the name of a blob stands for."""
    digest = blob_digest(name)
    if digest is None:
        raise MissingFileError(f"file {name} not found in registry")
    return digest


class _Blob(PieceStream):
    """A blob that is asked for when it is read first: to be opened is not yet a reason."""

    def __init__(self, fetch: Callable[[], io.RawIOBase]) -> None:
        super().__init__()
        self._fetch = fetch
        self._stream: io.RawIOBase | None = None

    def _take(self, size: int) -> bytes:
        if self._stream is None:
            self._stream = self._fetch()
        return self._stream.read(size) or b""

    def close(self) -> None:
        """End the transfer too. Idempotent."""
        if self._stream is not None:
            self._stream.close()
        super().close()
