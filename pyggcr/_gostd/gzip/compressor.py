"""gzip streams as Go's gzip.Writer makes them, with the encoder of a profile and a level.

The header, the trailer and the cutting into blocks; what happens in a block is the encoder's
business.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from pyggcr import calls
from pyggcr._gostd.gzip.bits import BitWriter
from pyggcr._gostd.gzip.encoder import BEST_COMPRESSION, BEST_SPEED, encoder

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["CompressedStream", "Compressor"]

# No name, no time, unknown operating system (RFC 1952); the byte before the last, XFL, is a hint
# at the level: "compressor used maximum compression" or "fastest algorithm".
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00%c\xff"
_HINTS = {BEST_COMPRESSION: 2, BEST_SPEED: 4}

_READ_SIZE = 1 << 18


class Compressor:
    """Compresses a stream piece by piece; how it is cut does not change the result.

    >>> compressor = Compressor("go1.26")
    >>> len(compressor.compress(b"hello") + compressor.flush())
    33
    """

    def __init__(self, profile: str, level: int = BEST_SPEED) -> None:
        """Choose the encoder by its profile and by Go's level, -2 to 9.

        Raises:
            UnsupportedOptionError: there is no such profile, or no such level; the text of the
                latter is Go's.
        """
        self._writer = BitWriter()
        self._writer.write_bytes(_HEADER % _HINTS.get(level, 0))
        self._encoder = encoder(profile, level, self._writer)
        self._waiting = bytearray()
        self._checksum = 0
        self._size = 0

    def compress(self, data: Buffer) -> bytes:
        """Take more data; give what is compressed by now.

        Raises:
            CancelledError: the limits in force say so.
        """
        view = memoryview(data).cast("B")
        self._checksum = zlib.crc32(view, self._checksum)
        self._size += len(view)
        # A full block is kept until it is known whether more follows.
        start = 0
        size = self._encoder.block_size
        while len(self._waiting) + len(view) - start > size:
            calls.current().check()
            end = start + size - len(self._waiting)
            self._encoder.encode(b"".join((self._waiting, view[start:end])), last=False)
            self._waiting.clear()
            start = end
        self._waiting += view[start:]
        return self._writer.take()

    def flush(self) -> bytes:
        """End the stream; give the rest of it."""
        self._encoder.encode(bytes(self._waiting), last=True)
        self._encoder.finish()
        self._writer.align()
        self._writer.write_bytes(self._checksum.to_bytes(4, "little"))
        self._writer.write_bytes((self._size & 0xFFFF_FFFF).to_bytes(4, "little"))
        return self._writer.take()


class CompressedStream(io.RawIOBase):
    """The gzip of a stream, made while it is read (internal/gzip's ReadCloser).

    Errors of the source are raised when they are met. Closing closes the source.
    """

    def __init__(self, source: io.RawIOBase, profile: str, level: int = BEST_SPEED) -> None:
        super().__init__()
        self._source = source
        self._compressor: Compressor | None = Compressor(profile, level)
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer with what is compressed; 0 at the end."""
        view = memoryview(buffer).cast("B")
        while not self._ready:
            if self._compressor is None:
                return 0
            data = self._source.read(_READ_SIZE)
            if data:
                self._ready = memoryview(self._compressor.compress(data))
            else:
                self._ready = memoryview(self._compressor.flush())
                self._compressor = None
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def close(self) -> None:
        """Close the stream and its source. Idempotent."""
        if not self.closed:
            self._source.close()
        super().close()
