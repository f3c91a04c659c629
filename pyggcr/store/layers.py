"""Layers of stored images: plain, gzip or zstd, each by its own first bytes.

A plain layer of a docker-save archive is what ``UncompressedLayer`` gzips as Go does, and needs no
class here.
"""

from __future__ import annotations

import functools

from pyggcr import v1
from pyggcr._gostd.stream import PieceStream, Waiting
from pyggcr._gostd.tar import Walk
from pyggcr._layers import one_pass
from pyggcr._layers.compressed import CompressedLayer
from pyggcr._layers.compression import unzip
from pyggcr._layers.hashing import CountingHash, HashingStream
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from pyggcr._layers.worker_pool import WorkerPool
    from pyggcr.store.blobs import Blob

__all__ = ["BlobCore", "DescribedCore", "InChunks", "StoredLayer"]

_CHUNK_SIZE = 1 << 18


class BlobCore:
    """A blob that is handed out as it lies there; its digest is computed from its bytes."""

    def __init__(self, blob: Blob, media_type: MediaType) -> None:
        self.blob = blob
        self.anywhere: bool = blob.anywhere
        self._media_type = media_type

    def digest(self) -> v1.Hash:
        """Hash of the blob."""
        return self.blob.measure()[0]

    def size(self) -> int:
        """Size of the blob in bytes."""
        return self.blob.measure()[1]

    def compressed(self) -> io.RawIOBase:
        """The blob."""
        return self.blob.open()

    def media_type(self) -> MediaType:
        """Media type of the blob."""
        return self._media_type


class DescribedCore(BlobCore):
    """A blob that a manifest describes; digest and size are the manifest's claim."""

    def __init__(self, blob: Blob, described: v1.Descriptor) -> None:
        super().__init__(blob, described.media_type)
        self._described = described

    def digest(self) -> v1.Hash:
        """The digest that the manifest gives."""
        return self._described.digest

    def size(self) -> int:
        """The size that the manifest gives, in bytes."""
        return self._described.size

    def descriptor(self) -> v1.Descriptor:
        """How the manifest describes it."""
        return self._described


class StoredLayer(CompressedLayer):
    """A layer that is handed out as it lies there, however it is compressed, if it is."""

    core: BlobCore

    def __init__(self, core: BlobCore) -> None:
        super().__init__(core, core.blob.content)

    def unzip(self, blob: io.RawIOBase, *, reopen: Callable[[], io.RawIOBase]) -> io.RawIOBase:
        """The content of the layer's blob, for ``validate``: Go takes every blob for gzip."""
        return unzip(self.core.blob.compression, blob, reopen)

    def read_all(self, pool: WorkerPool) -> one_pass.Facts:
        """Everything about the layer in one pass, the tar inside checked; as ``one_pass``.

        Raises:
            GaveUpError: the tar inside is not plainly good.
            Error: what the blob's stream raises.
        """
        self._use()
        if self.core.blob.compression == "gzip":
            facts = super().read_all(pool)
        else:
            facts = self._read(pool)
            self.core.blob.content.diff_id = facts.diff_id
        self.core.blob.remember(facts.digest, facts.size)
        return facts

    def _read(self, pool: WorkerPool) -> one_pass.Facts:
        content, walk, queue = CountingHash(), Walk(), pool.serial_queue()

        def take(piece: bytes) -> None:
            content.add(piece)
            walk.feed(piece)
            if walk.gave_up:
                raise one_pass.GaveUpError

        with self.core.compressed() as blob:
            compressed = HashingStream(blob)
            with self.unzip(InChunks(compressed), reopen=self.core.compressed) as stream:
                while piece := stream.read(_CHUNK_SIZE):
                    queue.put(functools.partial(take, piece))
        queue.finish()
        if not walk.clean():
            raise one_pass.GaveUpError
        return one_pass.Facts(compressed.counted.hash(), compressed.counted.size, content.hash())


class InChunks(PieceStream):
    """A stream read in large pieces, for a reader that asks for small ones."""

    def __init__(self, stream: io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream
        self._ready = Waiting()

    def _take(self, size: int) -> bytes:
        if not self._ready:
            self._ready.put(self._stream.read(_CHUNK_SIZE) or b"")
        return self._ready.take(size)
