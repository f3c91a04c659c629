"""A stream compressed by the C accelerator (native/accelerator/gzip.c).

Its halves pass batches of C's to each other: the parser fills them, the emitter empties them, and
then they are used again. Both release the GIL, so that two threads can share the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyggcr import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyggcr._gostd.accelerator import Module

__all__ = ["AcceleratedStream"]

# Emptied batches that are kept for use: each is about 2 MB of addresses, and less of memory.
_MAX_SPARE = 4

# Compressed bytes are gathered in C before they are copied into Python's, 2 MiB at most.
_OUTPUT_SIZE = 1 << 21


class AcceleratedStream:
    """The two halves of one stream (``codecs.Deflater``)."""

    __slots__ = ("_emitter", "_ffi", "_lib", "_output", "_parser", "_spare")

    def __init__(self, module: Module, profile: str, level: int) -> None:
        """Take the loaded accelerator, and a profile and a level that exist.

        Raises:
            MemoryError: there is not enough.
        """
        self._ffi, self._lib = module.ffi, module.lib
        lib = self._lib
        number = {"go1.26": lib.GZIP_GO126, "go1.27": lib.GZIP_GO127}[profile]
        self._parser = self._own(lib.gzip_parser_new(number, level), lib.gzip_parser_free)
        self._emitter = self._own(lib.gzip_emitter_new(number, level), lib.gzip_emitter_free)
        allocate = self._ffi.new_allocator(should_clear_after_alloc=False)
        self._output = allocate("uint8_t[]", _OUTPUT_SIZE)
        self._spare: list[Any] = []

    def _own(self, handle: Any, free: Any) -> Any:
        if handle == self._ffi.NULL:
            raise MemoryError
        return self._ffi.gc(handle, free)

    def parse(self, data: memoryview) -> list[Any]:
        """Search more of the stream for matches."""
        with self._borrowed(data) as source:
            return list(self._batches(source, len(data)))

    def parse_last(self) -> list[Any]:
        """Search the rest, and end the stream."""
        batch = self._batch()
        self._lib.gzip_parse_last(self._parser, batch)
        return [batch]

    def emit(self, batches: Iterable[Any]) -> bytes:
        """Write what was found."""
        pieces: list[bytes] = []
        self.emit_to(batches, lambda piece: pieces.append(bytes(piece)))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def emit_to(self, batches: Iterable[Any], sink: Callable[[memoryview], object]) -> None:
        """Write what was found, and lend it to the sink where it lies, for the call only."""
        used = 0
        for batch in batches:
            limits.current().check()
            if self._lib.gzip_emit_bound(batch) > _OUTPUT_SIZE - used:
                self._lend(used, sink)
                used = 0
            used += self._lib.gzip_emit(self._emitter, batch, self._output + used)
            if len(self._spare) < _MAX_SPARE:
                self._spare.append(batch)
        self._lend(used, sink)

    def compress(self, data: memoryview) -> bytes:
        """Both by turns, batch by batch: one batch will do, and stays in the processor's cache."""
        with self._borrowed(data) as source:
            return self.emit(self._batches(source, len(data)))

    def _borrowed(self, data: memoryview) -> Any:
        # Given back even when Ctrl-C comes in between: CPython crashes when its garbage collector
        # finds a memoryview that is still lent.
        return self._ffi.from_buffer("uint8_t[]", data)

    def _batches(self, source: Any, size: int) -> Iterator[Any]:
        taken = 0
        while True:
            limits.current().check()
            batch = self._batch()
            taken += self._lib.gzip_parse(self._parser, batch, source + taken, size - taken)
            yield batch
            if taken == size:
                return

    def _batch(self) -> Any:
        try:
            return self._spare.pop()
        except IndexError:
            return self._own(self._lib.gzip_batch_new(), self._lib.gzip_batch_free)

    def _lend(self, size: int, sink: Callable[[memoryview], object]) -> None:
        with memoryview(self._ffi.buffer(self._output, size)).toreadonly() as view:
            sink(view)
