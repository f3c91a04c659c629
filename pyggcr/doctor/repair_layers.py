"""One layer on its way into a repaired archive: checked, compressed or not, in one pass.

Bytes go by in pieces, read once; hashing and the second half of compressing may be done by another
thread.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import gzip
from pyggcr._layers.hashing import CountingHash, HashingStream
from pyggcr._layers.zstd import ZstdReader
from pyggcr.store.layers import InChunks

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import Literal

    from pyggcr._layers.worker_pool import WorkerPool
    from pyggcr.store.blobs import Blob
else:
    from pyggcr._typing import Literal

__all__ = ["Copied", "Form", "copy_layer"]

Form = Literal["gzip", "plain"]

_CHUNK_SIZE = 1 << 18

_Write = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a pass over a layer has found.

    Attributes:
        stored: hash of the bytes that were read.
        digest: hash of those that were written.
        size: how many were written.
        diff_id: hash of the content.
    """

    stored: v1.Hash
    digest: v1.Hash
    size: int
    diff_id: v1.Hash


def copy_layer(blob: Blob, form: Form, profile: str, write: _Write, pool: WorkerPool) -> Copied:
    """Write a layer in a form; what is gzip and shall be stays as it is.

    Raises:
        Error: it cannot be read, or its compressed data is damaged.
    """
    if blob.compression == form == "gzip":
        return _keep_gzip(blob, write, pool)
    if form == "gzip":
        return _compress(blob, profile, write, pool)
    return _uncompress(blob, write, pool)


def _keep_gzip(blob: Blob, write: _Write, pool: WorkerPool) -> Copied:
    content, queue = CountingHash(), pool.serial_queue()
    with blob.open() as stream:
        passing = _WrittenStream(stream, write)
        for piece in _pieces(gzip.Reader(passing)):
            queue.put(functools.partial(content.add, piece))
    queue.finish()
    digest = passing.counted.hash()
    return Copied(digest, digest, passing.counted.size, content.hash())


def _compress(blob: Blob, profile: str, write: _Write, pool: WorkerPool) -> Copied:
    compressor = gzip.Compressor(profile)
    content, packed, queue = CountingHash(), CountingHash(), pool.serial_queue()

    def emit(batch: gzip.Batch) -> None:
        data = compressor.emit(batch)
        packed.add(data)
        write(data)

    def finish(piece: bytes, batch: gzip.Batch) -> None:
        emit(batch)
        content.add(piece)

    with _content(blob) as (stream, stored):
        for piece in _pieces(stream):
            queue.put(functools.partial(finish, piece, compressor.parse(piece)))
    queue.finish()
    emit(compressor.parse_last())
    diff_id = content.hash()
    return Copied(stored.hash() if stored else diff_id, packed.hash(), packed.size, diff_id)


def _uncompress(blob: Blob, write: _Write, pool: WorkerPool) -> Copied:
    content, queue = CountingHash(), pool.serial_queue()
    with _content(blob) as (stream, stored):
        for piece in _pieces(stream):
            queue.put(functools.partial(content.add, piece))
            write(piece)
    queue.finish()
    diff_id = content.hash()
    return Copied(stored.hash() if stored else diff_id, diff_id, content.size, diff_id)


@contextlib.contextmanager
def _content(blob: Blob) -> Iterator[tuple[io.RawIOBase, CountingHash | None]]:
    """The content of a layer, and the hash of the bytes that hold it if those are others."""
    with blob.open() as stream:
        if blob.compression == "none":
            yield stream, None
            return
        hashed = HashingStream(stream)
        if blob.compression == "gzip":
            yield gzip.Reader(hashed), hashed.counted
        else:
            yield ZstdReader(InChunks(hashed)), hashed.counted


def _pieces(stream: io.RawIOBase) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK_SIZE):
        yield piece


class _WrittenStream(HashingStream):
    """A hashed stream of which everything is written as it comes by."""

    def __init__(self, stream: io.RawIOBase, write: _Write) -> None:
        super().__init__(stream)
        self._write = write

    def _take(self, size: int) -> bytes:
        piece = super()._take(size)
        self._write(piece)
        return piece
