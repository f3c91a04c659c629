"""What a registry has under a name, as the files of an OCI layout.

Each is fetched when it is read, and checked against its digest, by ``pyggcr.remote``; credentials
come from the default keychain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import authn, name, remote, v1
from pyggcr._gostd import json
from pyggcr._gostd.stream import BytesStream, PieceStream
from pyggcr._layers.annotation_names import CONTAINERD_NAME
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.file_names import INDEX_JSON, blob_digest, blob_name
from pyggcr.errors import MissingFileError, TransportError
from pyggcr.store.files import Files
from pyggcr.types import MediaType

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

__all__ = ["RegistryFiles"]

_SCHEMA_VERSION = 2
_NOT_FOUND = 404


class RegistryFiles(Files):
    """The manifest, or index, of a name in a registry, and all that belongs to it."""

    def __init__(self, reference: str, *, insecure: bool = False) -> None:
        """Fetch what is under the name.

        Raises:
            InvalidReferenceError: it is no name.
            TransportError: the registry refuses, or cannot be reached.
        """
        self._puller = remote.Puller(keychain=authn.DEFAULT_KEYCHAIN, engine="python")
        parsed = name.parse_reference(reference, insecure=insecure)
        self._repository = parsed.context()
        found = self._puller.get(parsed)
        self._manifests = {found.descriptor.digest: found.manifest}
        self._described: set[v1.Hash] = set()
        self._learn(found.descriptor.media_type, found.manifest)
        described = v1.Descriptor(
            media_type=found.descriptor.media_type,
            size=len(found.manifest),
            digest=found.descriptor.digest,
            annotations={CONTAINERD_NAME: parsed.name()} if isinstance(parsed, name.Tag) else None,
        )
        index = v1.IndexManifest(
            schema_version=_SCHEMA_VERSION,
            media_type=MediaType.OCI_IMAGE_INDEX,
            manifests=[described],
        )
        self._index = json.marshal(index)

    def _learn(self, media_type: MediaType, data: bytes) -> None:
        """Remember what an index leads to: manifests are fetched in another way than blobs."""
        if media_type.is_index():
            children = v1.parse_index_manifest(data).manifests or ()
            self._described.update(child.digest for child in children)

    def close(self) -> None:
        """Close connections; streams that are open stay open. Idempotent."""
        super().close()
        self._puller.close()

    def entries(self) -> EntryTable:
        """What is known to be there: ``index.json``, and the manifests that were fetched."""
        self.check_open()
        files = {INDEX_JSON: self._index}
        files.update((blob_name(digest), data) for digest, data in self._manifests.items())
        return EntryTable(Entry(name, "file", len(data), "") for name, data in files.items())

    def open(self, name: str) -> io.RawIOBase:
        """The content of a document or a blob; see ``Files.open``."""
        self.check_open()
        if name == INDEX_JSON:
            return BytesStream(self._index)
        digest = _digest_of(name)
        if digest in self._manifests or digest in self._described:
            return BytesStream(self._manifest(digest))
        return _Blob(lambda: self._open_blob(digest))

    def _manifest(self, digest: v1.Hash) -> bytes:
        if digest not in self._manifests:
            try:
                found = self._puller.get(self._repository.digest(str(digest)))
            except TransportError as error:
                if error.status == _NOT_FOUND:
                    raise MissingFileError(error.message) from error
                raise
            self._learn(found.descriptor.media_type, found.manifest)
            self._manifests[digest] = found.manifest
        return self._manifests[digest]

    def _open_blob(self, digest: v1.Hash) -> io.RawIOBase:
        return self._puller.layer(self._repository.digest(str(digest))).compressed()


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
