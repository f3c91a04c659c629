"""gzip streams as Go's gzip.Writer makes them at BestSpeed, with the encoder of a profile.

The header, the trailer and the cutting into blocks; what happens in a block is the encoder's
business.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Literal, Protocol

from pyggcr import calls
from pyggcr._gostd.gzip.bits import BitWriter
from pyggcr.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

__all__ = ["PROFILES", "CompressedStream", "Compressor"]

Profile = Literal["go1.26", "go1.27"]
PROFILES: tuple[Profile, ...] = ("go1.26", "go1.27")

# No name, no time; "compressor used fastest algorithm"; unknown operating system (RFC 1952).
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"

_BLOCK_SIZE = 65_535  # maxStoreBlockSize of compress/flate
_READ_SIZE = 1 << 18


class Encoder(Protocol):
    """DEFLATE, block by block."""

    def encode(self, block: bytes, *, last: bool) -> None: ...

    def finish(self) -> None: ...


def _encoder(profile: str) -> Callable[[BitWriter], Encoder]:
    if profile == "go1.26":
        from pyggcr._gostd.gzip.go126 import Go126Encoder

        return Go126Encoder
    if profile == "go1.27":
        from pyggcr._gostd.gzip.go127 import Go127Encoder

        return Go127Encoder
    raise UnsupportedOptionError(
        f'there is no gzip profile "{profile}": choose {" or ".join(PROFILES)}'
    )


class Compressor:
    """Compresses a stream piece by piece; how it is cut does not change the result.

    >>> compressor = Compressor("go1.26")
    >>> len(compressor.compress(b"hello") + compressor.flush())
    33
    """

    def __init__(self, profile: str) -> None:
        """Choose the encoder by its profile.

        Raises:
            UnsupportedOptionError: there is no such profile.
        """
        self._writer = BitWriter()
        self._writer.write_bytes(_HEADER)
        self._encoder = _encoder(profile)(self._writer)
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
        while len(self._waiting) + len(view) - start > _BLOCK_SIZE:
            calls.current().check()
            end = start + _BLOCK_SIZE - len(self._waiting)
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

    def __init__(self, source: io.RawIOBase, profile: str) -> None:
        super().__init__()
        self._source = source
        self._compressor: Compressor | None = Compressor(profile)
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
