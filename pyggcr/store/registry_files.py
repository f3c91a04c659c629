"""What a registry has under a name, as the files of an OCI layout.

Each is fetched when it is read, and checked against its digest, by ``pyggcr.remote``; credentials
come from the default keychain.
"""

from __future__ import annotations

from pyggcr import authn, limits, name, remote, v1
from pyggcr._layers.annotation_names import CONTAINERD_NAME
from pyggcr.errors import ArchiveError, MissingFileError, TransportError
from pyggcr.store.fetched_files import FetchedFiles
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

__all__ = ["RegistryFiles"]

_NOT_FOUND = 404
_MAX_DEPTH = 8  # of indexes in indexes
_MAX_MANIFESTS = 10_000


class RegistryFiles(FetchedFiles):
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
        digest, media_type = found.descriptor.digest, found.descriptor.media_type
        described = v1.Descriptor(
            media_type=media_type,
            size=len(found.manifest),
            digest=digest,
            annotations={CONTAINERD_NAME: parsed.name()} if isinstance(parsed, name.Tag) else None,
        )
        super().__init__(described, {digest: found.manifest})
        self._described: set[v1.Hash] = set()
        self._media_types: dict[v1.Hash, MediaType] = {}
        self._learn(digest, media_type, found.manifest)

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
        waiting = [(digest, 0) for digest in self._documents]
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
            self.list_blobs(v1.parse_manifest(data))

    def close(self) -> None:
        """Close connections; streams that are open stay open. Idempotent."""
        super().close()
        self._puller.close()

    def _document(self, digest: v1.Hash) -> bytes | None:
        is_document = digest in self._documents or digest in self._described
        return self._manifest(digest) if is_document else None

    def _manifest(self, digest: v1.Hash) -> bytes:
        if digest not in self._documents:
            try:
                found = self._puller.get(self._repository.digest(str(digest)))
            except TransportError as error:
                if error.status == _NOT_FOUND:
                    raise MissingFileError(error.message) from error
                raise
            self._learn(digest, found.descriptor.media_type, found.manifest)
            self._documents[digest] = found.manifest
        return self._documents[digest]

    def _open_blob(self, digest: v1.Hash) -> io.RawIOBase:
        return self._puller.layer(self._repository.digest(str(digest))).compressed()
