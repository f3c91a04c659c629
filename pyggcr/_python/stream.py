"""Layers over streams that are read once: pkg/v1/stream.

Whoever reads the compressed form to its end, or closes it, makes digest, DiffID and size known.
"""

from __future__ import annotations

import contextlib
import threading

from pyggcr import v1
from pyggcr._gostd import gzip
from pyggcr._gostd.stream import PieceStream, Waiting
from pyggcr._layers.hashing import CountingHash
from pyggcr._values.stream import Layer
from pyggcr.errors import Error, StreamConsumedError, StreamNotComputedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import BinaryIO

    from pyggcr.types import MediaType

__all__ = ["new_layer"]

_PIECE_SIZE = 128 << 10  # how much of the gzip Go hands over at a time
_READ_SIZE = 256 << 10


def new_layer(
    *, stream: BinaryIO, compression_level: int, media_type: MediaType, gzip_profile: str
) -> Layer:
    """Make a layer of a stream; nothing is read yet (``stream.NewLayer``)."""
    return StreamLayer(stream, compression_level, media_type, gzip_profile)


class StreamLayer(Layer):
    """A layer that is compressed while it is read (``stream.Layer``)."""

    def __init__(
        self, stream: BinaryIO, compression_level: int, media_type: MediaType, gzip_profile: str
    ) -> None:
        self._stream = stream
        self._compression_level = compression_level
        self._media_type = media_type
        self._gzip_profile = gzip_profile
        self._lock = threading.Lock()
        self._digest: v1.Hash | None = None
        self._diff_id: v1.Hash | None = None
        self._size = 0

    def digest(self) -> v1.Hash:
        """Hash of the compressed stream (``Layer.Digest``)."""
        return _computed(self._digest)

    def diff_id(self) -> v1.Hash:
        """Hash of the stream (``Layer.DiffID``)."""
        return _computed(self._diff_id)

    def size(self) -> int:
        """Size of the compressed stream in bytes (``Layer.Size``)."""
        if not self._size:
            raise _not_computed()
        return self._size

    def media_type(self) -> MediaType:
        """The media type that was given (``Layer.MediaType``)."""
        return self._media_type

    def compressed(self) -> io.RawIOBase:
        """The stream, compressed while it is read (``Layer.Compressed``)."""
        with self._lock:
            if self._digest is not None:
                raise StreamConsumedError("stream was already consumed")
        compressor = gzip.Compressor(self._gzip_profile, self._compression_level)
        return _Compressed(self, self._stream, compressor)

    def uncompressed(self) -> io.RawIOBase:
        """Raise an error: Go cannot do this (``Layer.Uncompressed``)."""
        raise Error("NYI: stream.Layer.Uncompressed is not implemented")

    def finish(self, content: CountingHash, blob: CountingHash) -> None:
        """Take what was read as the layer (``finalize``)."""
        with self._lock:
            self._diff_id = content.hash()
            self._size = blob.size
            self._digest = blob.hash()


def _not_computed() -> StreamNotComputedError:
    return StreamNotComputedError("value not computed until stream is consumed")


def _computed(value: v1.Hash | None) -> v1.Hash:
    if value is None:
        raise _not_computed()
    return value


class _Compressed(PieceStream):
    """The compressed form, in pieces of 128 KiB (``compressedReader``).

    What counts as read is hashed: of the content what was taken from the stream, of the compressed
    form the pieces that were taken whole.
    """

    def __init__(self, layer: StreamLayer, stream: BinaryIO, compressor: gzip.Compressor) -> None:
        super().__init__()
        self._layer = layer
        self._stream = stream
        self._compressor: gzip.Compressor | None = compressor
        self._content, self._blob = CountingHash(), CountingHash()
        self._made = bytearray()  # compressed, and not yet a piece
        self._piece = b""
        self._waiting = Waiting()
        self._failure: Exception | None = None

    def _take(self, size: int) -> bytes:
        if not self._waiting and not self._next():
            self._finish()
            return b""
        data = self._waiting.take(size)
        if not self._waiting:
            self._blob.add(self._piece)
        return data

    def _next(self) -> bool:
        """Make the next piece; false at the end."""
        if self._failure is not None:
            raise self._failure
        try:
            while self._compressor is not None and len(self._made) < _PIECE_SIZE:
                self._compress(self._compressor)
        except Exception as error:
            self._failure = error
            raise
        self._piece = bytes(self._made[:_PIECE_SIZE])
        del self._made[:_PIECE_SIZE]
        self._waiting.put(self._piece)
        return bool(self._piece)

    def _compress(self, compressor: gzip.Compressor) -> None:
        data = self._stream.read(_READ_SIZE)
        if data is None:
            raise BlockingIOError("a stream must be opened in blocking mode")
        if data:
            self._made += compressor.compress(data)
            self._content.add(data)
        else:
            self._made += compressor.flush()
            self._compressor = None

    def _finish(self) -> None:
        # What the stream raises now is lost, as in Go, which closes it in a goroutine.
        with contextlib.suppress(Exception):
            self._stream.close()
        self._layer.finish(self._content, self._blob)

    def close(self) -> None:
        """Close the stream, which makes the layer's digest that of what was read. Idempotent."""
        if not self.closed:
            self._finish()
        super().close()
