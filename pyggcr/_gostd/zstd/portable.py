# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""A zstd stream compressed in pure Python (klauspost/compress/zstd's encoder.go and frameenc.go).

The frame's header, its checksum, and the cutting into blocks. A stream that is shorter than a block
gets another header, which says its size.
"""

from __future__ import annotations

from pyggcr import limits
from pyggcr._gostd.zstd.block import BlockWriter, raw_block
from pyggcr._gostd.zstd.xxhash64 import XXHash64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from pyggcr._gostd.zstd.history import Found
    from pyggcr._gostd.zstd.levels import Speed
else:
    from pyggcr._typing import Protocol

__all__ = ["PortableStream"]

_MAGIC = b"\x28\xb5\x2f\xfd"
_HAS_CHECKSUM = 1 << 2
_IS_SINGLE_SEGMENT = 1 << 5
_MIN_WINDOW = 1024
_MIN_WINDOW_BITS = 10


class _Search(Protocol):
    """Finds the matches of one block after the other."""

    def search(self, block: bytes, *, whole: bool) -> Found: ...


def _search(speed: Speed) -> _Search:
    if speed.name == "fastest":
        from pyggcr._gostd.zstd import fast

        return fast.Search(speed.window)
    if speed.name == "default":
        from pyggcr._gostd.zstd import double

        return double.Search(speed.window)
    if speed.name == "better":
        from pyggcr._gostd.zstd import better

        return better.Search(speed.window)
    from pyggcr._gostd.zstd import best

    return best.Search(speed.window)


class PortableStream:
    """The two halves of one stream (``codecs.Deflater``): one cuts blocks, one encodes them."""

    __slots__ = ("_blocks", "_hash", "_search", "_speed", "_started", "_waiting")

    def __init__(self, speed: Speed) -> None:
        self._speed = speed
        self._search = _search(speed)
        self._blocks = BlockWriter(codes_all_literals=speed.codes_all_literals)
        self._hash = XXHash64()
        self._started = False
        self._waiting = bytearray()

    def parse(self, data: memoryview) -> list[bytes]:
        """Cut more of the stream into blocks."""
        blocks = []
        start = 0
        size = self._speed.block_size
        while len(self._waiting) + len(data) - start >= size:
            end = start + size - len(self._waiting)
            blocks.append(b"".join((self._waiting, data[start:end])))
            self._waiting.clear()
            start = end
        self._waiting += data[start:]
        return blocks

    def parse_last(self) -> bytes:
        """Take the rest, and end the stream."""
        return bytes(self._waiting)

    def emit(self, parsed: list[bytes] | bytes) -> bytes:
        """Encode what was cut."""
        if isinstance(parsed, bytes):
            return self._last(parsed)
        pieces = []
        for block in parsed:
            limits.current().check()
            if not self._started:
                self._started = True
                pieces.append(_header(_HAS_CHECKSUM, self._speed.window))
            pieces.append(self._block(block, whole=False, last=False))
        return b"".join(pieces)

    def emit_to(self, parsed: list[bytes] | bytes, sink: Callable[[memoryview], object]) -> None:
        """Encode what was cut, and lend it to the sink."""
        sink(memoryview(self.emit(parsed)))

    def compress(self, data: memoryview) -> bytes:
        """Both, one after the other."""
        return self.emit(self.parse(data))

    def _last(self, block: bytes) -> bytes:
        header = b""
        if not self._started:
            header = _whole_header(block) if block else _header(_HAS_CHECKSUM, self._speed.window)
        if block:
            content = self._block(block, whole=not self._started, last=True)
        else:
            content = raw_block(b"", last=True)
        return header + content + (self._hash.end() & 0xFFFF_FFFF).to_bytes(4, "little")

    def _block(self, block: bytes, *, whole: bool, last: bool) -> bytes:
        self._hash.add(block)
        found = self._search.search(block, whole=whole)
        return self._blocks.write(block, found, last=last)


def _header(flags: int, window: int) -> bytes:
    """The frame header up to the size (``frameHeader.appendTo``)."""
    descriptor = (window.bit_length() - 1 - _MIN_WINDOW_BITS) << 3
    return _MAGIC + bytes([flags, descriptor])


def _whole_header(block: bytes) -> bytes:
    """The frame header of a stream of one block."""
    size = len(block)
    size_code = (size >= 256) + (size >= 65_536 + 256)
    flags = _HAS_CHECKSUM | size_code << 6
    if size > _MIN_WINDOW:
        header = _MAGIC + bytes([flags | _IS_SINGLE_SEGMENT])
    else:
        header = _header(flags, max(1 << size.bit_length(), _MIN_WINDOW))
    if size_code == 1:
        return header + (size - 256).to_bytes(2, "little")
    return header + size.to_bytes(4, "little") if size_code else header
