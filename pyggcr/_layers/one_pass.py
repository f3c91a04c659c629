"""Computes every answer about a layer in one pass over its bytes.

Go reads a layer once for each answer. Here one stream feeds every hash, the compressor or the
decompressor, and the walk through the tar inside. This works only for good data: at the first sign
of trouble the pass gives up without a result, and the caller reads the layer in Go's way, which
finds out what is wrong and reports it in Go's words.
"""

from __future__ import annotations

import functools
from collections import deque

from pyggcr import limits, v1
from pyggcr._dataclasses import dataclass
from pyggcr._layers.hashing import CountingHash, HashingStream
from pyggcr.errors import CompressionError, Error, TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from pyggcr._gostd.compressor import Batch, Compressor
    from pyggcr._gostd.tar import Walk
    from pyggcr._layers.worker_pool import WorkerPool

__all__ = [
    "NOT_PLAINLY_GOOD",
    "Facts",
    "GaveUpError",
    "compress",
    "compress_pieces",
    "layer_pieces",
    "pieces_of",
    "read_blob",
    "read_content",
]

# Small enough for a processor's own cache, large enough to make Python's part of the work little.
_CHUNK_SIZE = 1 << 18


class GaveUpError(Error):
    """The bytes are not plainly good; what is wrong, if anything, is for others to find out."""


# What makes a pass without a walk worth while to be done again in Go's way.
NOT_PLAINLY_GOOD = (GaveUpError, CompressionError, TruncatedError)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a layer's bytes say: digest and size of the blob, hash of the content."""

    digest: v1.Hash
    size: int
    diff_id: v1.Hash


class _Content(CountingHash):
    """A layer's content: hashed, and walked if there is a walk."""

    __slots__ = ("_walk",)

    def __init__(self, walk: Walk | None) -> None:
        super().__init__()
        self._walk = walk

    def add(self, data: bytes | memoryview) -> None:
        super().add(data)
        if self._walk is not None:
            self._walk.feed(data)
            if self._walk.gave_up:
                raise GaveUpError

    def finish(self) -> v1.Hash:
        if self._walk is not None and not self._walk.clean():
            raise GaveUpError
        return self.hash()


def compress(
    content: io.RawIOBase, compressor: Compressor, pool: WorkerPool
) -> tuple[v1.Hash, int]:
    """Digest and size of the content compressed; what the stream raises is raised."""
    blob = CountingHash()
    queue = pool.serial_queue()

    def emit(batch: Batch) -> None:
        compressor.emit_to(batch, blob.add)

    while chunk := content.read(_CHUNK_SIZE):
        queue.put(functools.partial(emit, compressor.parse(chunk)))
    queue.finish()
    emit(compressor.parse_last())
    return blob.hash(), blob.size


def compress_pieces(
    content: io.RawIOBase,
    compressor: Compressor,
    pool: WorkerPool,
    blob: CountingHash,
    whole: CountingHash | None = None,
) -> Iterator[bytes]:
    """The content compressed, piece by piece, hashed; what the stream raises is raised.

    While whoever takes the pieces is busy with one, the next are made.

    Args:
        content, compressor, pool: what is compressed, how, and by whom.
        blob: takes the pieces.
        whole: takes the content.
    """
    ready: deque[bytes] = deque()
    queue = pool.serial_queue()

    def emit(batch: Batch, chunk: bytes = b"") -> None:
        piece = compressor.emit(batch)
        blob.add(piece)
        ready.append(piece)
        if whole is not None:
            whole.add(chunk)

    while chunk := content.read(_CHUNK_SIZE):
        queue.put(functools.partial(emit, compressor.parse(chunk), chunk))
        while ready:
            yield ready.popleft()
    queue.finish()
    emit(compressor.parse_last())
    yield from ready


def layer_pieces(layer: v1.Layer, pool: WorkerPool) -> Iterator[bytes]:
    """The compressed form of a layer, made by the pool where the layer can do that."""
    make = getattr(layer, "compressed_pieces", None)
    if make is not None:
        yield from make(pool)
        return
    with layer.compressed() as stream:
        yield from pieces_of(stream)


def pieces_of(stream: io.RawIOBase) -> Iterator[bytes]:
    """What a stream gives, checked against the limits in force."""
    while piece := stream.read(_CHUNK_SIZE):
        limits.current().check()
        yield piece


def read_content(
    content: io.RawIOBase, compressor: Compressor, pool: WorkerPool, walk: Walk | None = None
) -> Facts:
    """Everything about a layer that is stored as it is, uncompressed.

    The hash of the content stands for both hashes that Go compares, that of the stream and that
    of the gzip undone: the gzip is made here, of these bytes.

    Raises:
        GaveUpError: the walk did.
        Error: what the stream raises.
    """
    blob, whole = CountingHash(), _Content(walk)
    queue = pool.serial_queue()

    def finish(chunk: bytes, batch: Batch) -> None:
        compressor.emit_to(batch, blob.add)
        whole.add(chunk)

    while chunk := content.read(_CHUNK_SIZE):
        queue.put(functools.partial(finish, chunk, compressor.parse(chunk)))
    queue.finish()
    compressor.emit_to(compressor.parse_last(), blob.add)
    return Facts(blob.hash(), blob.size, whole.finish())


def read_blob(blob: io.RawIOBase, pool: WorkerPool, walk: Walk | None = None) -> Facts:
    """Everything about a layer that is stored as gzip.

    Raises:
        GaveUpError: the walk did.
        Error: the gzip is damaged, in words that are not Go's; or what the stream raises.
    """
    from pyggcr._gostd.gzip import Reader  # not at the start: hashing blobs needs no decoder

    compressed, whole = HashingStream(blob), _Content(walk)
    stream = Reader(compressed)
    queue = pool.serial_queue()
    while piece := stream.read(_CHUNK_SIZE):
        queue.put(functools.partial(whole.add, piece))
    queue.finish()
    return Facts(compressed.counted.hash(), compressed.counted.size, whole.finish())
