"""What a registry has under a name, as the files of an OCI layout.

Each is fetched when it is read, and checked against its digest, by ``pyggcr.remote``; credentials
come from the default keychain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import authn, limits, name, remote, v1
from pyggcr._gostd import json
from pyggcr._gostd.stream import BytesStream, PieceStream
from pyggcr._layers.annotation_names import CONTAINERD_NAME
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.file_names import INDEX_JSON, OCI_LAYOUT, blob_digest, blob_name
from pyggcr.errors import ArchiveError, MissingFileError, TransportError
from pyggcr.store.files import Files
from pyggcr.types import MediaType

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

__all__ = ["RegistryFiles"]

_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_SCHEMA_VERSION = 2
_NOT_FOUND = 404
_MAX_DEPTH = 8  # of indexes in indexes
_MAX_MANIFESTS = 10_000


class RegistryFiles(Files):
    """The manifest, or index, of a name in a registry, and all that belongs to it."""

    is_far = True

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
        self._blobs: dict[str, int] = {}  # sizes of configs and layers that manifests name
        self._media_types: dict[v1.Hash, MediaType] = {}
        self._learn(found.descriptor.digest, found.descriptor.media_type, found.manifest)
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
        self._marks = {OCI_LAYOUT: _LAYOUT, INDEX_JSON: json.marshal(index)}

    def _learn(self, digest: v1.Hash, media_type: MediaType, data: bytes) -> None:
        """Remember what an index leads to: manifests are fetched in another way than blobs."""
        self._media_types[digest] = media_type
        if media_type.is_index():
            children = v1.parse_index_manifest(data).manifests or ()
            self._described.update(child.digest for child in children)

    def list_all(self) -> None:
        """Fetch the manifests of all images, so that ``entries`` has their configs and layers too.

        Raises:
            ArchiveError: there are too many, or indexes are in one another too deep.
            TransportError: the registry refuses, or cannot be reached.
        """
        waiting = [(digest, 0) for digest in self._manifests]
        for digest, depth in waiting:
            limits.current().check()
            if depth > _MAX_DEPTH or len(waiting) > _MAX_MANIFESTS:
                raise ArchiveError(
                    f"an index has more than {_MAX_MANIFESTS} manifests, or is in more than "
                    f"{_MAX_DEPTH} others"
                )
            try:
                data = self._manifest(digest)
            except MissingFileError:
                continue  # an index may name what a registry does not have
            known = {it for it, _ in waiting}
            if self._media_types[digest].is_index():
                children = v1.parse_index_manifest(data).manifests or ()
                waiting += [(it.digest, depth + 1) for it in children if it.digest not in known]
                continue
            manifest = v1.parse_manifest(data)
            for blob in (manifest.config, *(manifest.layers or ())):
                self._blobs[blob_name(blob.digest)] = max(blob.size, 0)

    def close(self) -> None:
        """Close connections; streams that are open stay open. Idempotent."""
        super().close()
        self._puller.close()

    def entries(self) -> EntryTable:
        """What is known to be there: files of a layout, manifests, and what ``list_all`` found."""
        self.check_open()
        sizes = {**self._blobs, **{name: len(data) for name, data in self._marks.items()}}
        sizes.update((blob_name(digest), len(data)) for digest, data in self._manifests.items())
        return EntryTable(Entry(name, "file", size, "") for name, size in sizes.items())

    def open(self, name: str) -> io.RawIOBase:
        """The content of a document or a blob; see ``Files.open``."""
        self.check_open()
        if name in self._marks:
            return BytesStream(self._marks[name])
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
            self._learn(digest, found.descriptor.media_type, found.manifest)
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
