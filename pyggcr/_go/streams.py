"""Streams of a layer's bytes: the twin of native/streams.go."""

from __future__ import annotations

import io

from pyggcr._go import library
from pyggcr._go.call import check
from pyggcr._go.handle import Handle
from pyggcr.limits import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

    from pyggcr._go.opener import Source

__all__ = ["GoStream"]

# How much ``read()`` and ``readall()`` ask for at a time.
_READ_SIZE = 1 << 20


class GoStream(io.RawIOBase):
    """A raw, readable stream over Go's ``io.ReadCloser``; ``close`` may come from any thread."""

    def __init__(self, number: int, sources: tuple[Source, ...]) -> None:
        super().__init__()
        self._handle = Handle(number, "stream")
        self._sources = sources

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill the buffer as far as one read of Go does; 0 at the end.

        Raises:
            ClosedError: the stream was closed, before or meanwhile.
            CancelledError: a limit of the caller's; the stream may be read again.
        """
        limits = current()
        number = self._handle.number
        loaded = library.load()
        ffi, lib = loaded.ffi, loaded.lib
        target = ffi.from_buffer("char[]", buffer, require_writable=True)
        result = ffi.new(loaded.result)
        if limits.counter is not None:
            result.counter = limits.counter.number
        status = lib.PYGGCR_RUNNING
        while status == lib.PYGGCR_RUNNING:
            limits.check()
            status = lib.pyggcr_stream_read(number, target, len(target), result)
        if status != lib.PYGGCR_OK:
            try:
                check(ffi, lib, status, result, self._sources)
            finally:
                lib.pyggcr_result_clear(result)
        count: int = result.number
        limits.count(result.bytes_read)
        return count

    def readall(self) -> bytes:
        """Everything up to the end."""
        parts = []
        while part := self.read(_READ_SIZE):
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close the stream; a read in another thread fails. Idempotent."""
        self._handle.close()
        super().close()
