"""A decoder of raw DEFLATE in the accelerator (native/accelerator/inflate.c), like zlib's objects.

As strict as Go's, so what it takes to its end Go takes too.
"""

from __future__ import annotations

import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.accelerator import Module

__all__ = ["CompiledInflater"]

_MOST = 1 << 18  # what the accelerator makes at a time


class CompiledInflater:
    """One stream (``codecs.Inflater``)."""

    __slots__ = (
        "_done",
        "_ffi",
        "_held",
        "_inflater",
        "_lib",
        "eof",
        "unconsumed_tail",
        "unused_data",
    )

    def __init__(self, module: Module) -> None:
        self._ffi, self._lib = module.ffi, module.lib
        inflater = self._lib.inflater_new()
        if inflater == self._ffi.NULL:
            raise MemoryError
        self._inflater = self._ffi.gc(inflater, self._lib.inflater_free)
        self._done = self._ffi.new("inflated *")
        self._held = b""
        self.eof = False
        self.unconsumed_tail = b""
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Take input, give about ``max_length`` bytes; never more than some 256 KiB.

        Raises:
            zlib.error: the stream is damaged.
        """
        # A part of a symbol, at the end of what was given before.
        data = self._held + data if self._held else data
        done, lib = self._done, self._lib
        with self._ffi.from_buffer("uint8_t[]", data) as source:
            most = max_length or _MOST
            outcome = lib.inflate_more(self._inflater, source, len(data), most, done)
        if outcome == lib.INFLATE_IS_DAMAGED:
            raise zlib.error("the DEFLATE stream is damaged")
        rest = data[done.taken :]
        self.eof = outcome == lib.INFLATE_ENDED
        self.unused_data = rest if self.eof else b""
        self.unconsumed_tail = rest if outcome == lib.INFLATE_IS_FULL else b""
        self._held = rest if outcome == lib.INFLATE_WANTS_INPUT else b""
        piece: bytes = self._ffi.buffer(done.output, done.size)[:]
        return piece
