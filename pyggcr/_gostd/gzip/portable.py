"""A stream compressed in pure Python, with any profile and level.

The header, the trailer and the cutting into blocks; what happens in a block is the encoder's
business. Finding matches and writing code are not apart here: Python does one thing at a time.
"""

from __future__ import annotations

import zlib

from pyggcr import limits
from pyggcr._gostd.gzip.bits import BitWriter
from pyggcr._gostd.gzip.encoder import encoder
from pyggcr._gostd.gzip_options import BEST_COMPRESSION, BEST_SPEED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PortableStream"]

# No name, no time, unknown operating system (RFC 1952); the byte before the last, XFL, is a hint
# at the level: "compressor used maximum compression" or "fastest algorithm".
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00%c\xff"
_HINTS = {BEST_COMPRESSION: 2, BEST_SPEED: 4}


class PortableStream:
    """The two halves of one stream (``codecs.Deflater``): one cuts blocks, one encodes them."""

    __slots__ = ("_checksum", "_encoder", "_size", "_waiting", "_writer")

    def __init__(self, profile: str, level: int) -> None:
        """Choose the encoder.

        Raises:
            UnsupportedOptionError: there is no such profile, or no such level.
        """
        self._writer = BitWriter()
        self._writer.write_bytes(_HEADER % _HINTS.get(level, 0))
        self._encoder = encoder(profile, level, self._writer)
        self._waiting = bytearray()
        self._checksum = 0
        self._size = 0

    def parse(self, data: memoryview) -> list[bytes]:
        """Cut more of the stream into blocks."""
        self._checksum = zlib.crc32(data, self._checksum)
        self._size += len(data)
        # A full block is kept until it is known whether more follows.
        blocks = []
        start = 0
        size = self._encoder.block_size
        while len(self._waiting) + len(data) - start > size:
            end = start + size - len(self._waiting)
            blocks.append(b"".join((self._waiting, data[start:end])))
            self._waiting.clear()
            start = end
        self._waiting += data[start:]
        return blocks

    def parse_last(self) -> _End:
        """Take the rest, and end the stream."""
        return _End(bytes(self._waiting), self._checksum, self._size)

    def emit(self, parsed: list[bytes] | _End) -> bytes:
        """Encode what was cut."""
        writer = self._writer
        if isinstance(parsed, _End):
            self._encoder.encode(parsed.block, last=True)
            self._encoder.finish()
            writer.align()
            writer.write_bytes(parsed.checksum.to_bytes(4, "little"))
            writer.write_bytes((parsed.size & 0xFFFF_FFFF).to_bytes(4, "little"))
            return writer.take()
        for block in parsed:
            limits.current().check()
            self._encoder.encode(block, last=False)
        return writer.take()

    def emit_to(self, parsed: list[bytes] | _End, sink: Callable[[memoryview], object]) -> None:
        """Encode what was cut, and lend it to the sink."""
        sink(memoryview(self.emit(parsed)))

    def compress(self, data: memoryview) -> bytes:
        """Both, one after the other."""
        return self.emit(self.parse(data))


class _End:
    """The last block, shorter than the others and maybe empty, and what the trailer says."""

    __slots__ = ("block", "checksum", "size")

    def __init__(self, block: bytes, checksum: int, size: int) -> None:
        self.block = block
        self.checksum = checksum
        self.size = size
