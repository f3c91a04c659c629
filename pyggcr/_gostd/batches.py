"""A stream compressed by the C accelerator, in any of its formats (native/accelerator).

Its halves pass batches of C's to each other: the parser fills them, the emitter empties them, and
then they are used again. Both release the GIL, so that two threads can share the work.
"""

from __future__ import annotations

from pyggcr import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from pyggcr._gostd.accelerator import Module

    # Batches, and what they point to.
    _Parsed = tuple[Iterable[Any], bytes]

__all__ = ["BatchStream"]

# Emptied batches that are kept for use: each is about 2 MB of addresses, and less of memory.
_MAX_SPARE = 4

# Compressed bytes are gathered in C before they are copied into Python's, 2 MiB at most.
_OUTPUT_SIZE = 1 << 21


class BatchStream:
    """The two halves of one stream (``codecs.Deflater``)."""

    __slots__ = (
        "_emit",
        "_emit_bound",
        "_emitter",
        "_ffi",
        "_free_batch",
        "_new_batch",
        "_output",
        "_parse",
        "_parse_last",
        "_parser",
        "_spare",
    )

    def __init__(self, module: Module, name: str, *options: int) -> None:
        """Take the loaded accelerator, the format's name, and what its handles are made with.

        Raises:
            MemoryError: there is not enough.
        """
        self._ffi, lib = module.ffi, module.lib
        self._parser = self._own(
            getattr(lib, f"{name}_parser_new")(*options), getattr(lib, f"{name}_parser_free")
        )
        self._emitter = self._own(
            getattr(lib, f"{name}_emitter_new")(*options), getattr(lib, f"{name}_emitter_free")
        )
        self._parse = getattr(lib, f"{name}_parse")
        self._parse_last = getattr(lib, f"{name}_parse_last")
        self._emit = getattr(lib, f"{name}_emit")
        self._emit_bound = getattr(lib, f"{name}_emit_bound")
        self._new_batch = getattr(lib, f"{name}_batch_new")
        self._free_batch = getattr(lib, f"{name}_batch_free")
        allocate = self._ffi.new_allocator(should_clear_after_alloc=False)
        self._output = allocate("uint8_t[]", _OUTPUT_SIZE)
        self._spare: list[Any] = []

    def _own(self, handle: Any, free: Any) -> Any:
        if handle == self._ffi.NULL:
            raise MemoryError
        return self._ffi.gc(handle, free)

    def parse(self, data: memoryview) -> _Parsed:
        """Search more of the stream for matches."""
        # Batches may point to it: so it has to stay, and not to change.
        kept = data.obj
        if type(kept) is not bytes:
            kept = bytes(data)
            data = memoryview(kept)
        with self._borrowed(data) as source:
            return list(self._batches(source, len(data))), kept

    def parse_last(self) -> _Parsed:
        """Search the rest, and end the stream."""
        batch = self._batch()
        self._parse_last(self._parser, batch)
        return [batch], b""

    def emit(self, parsed: _Parsed) -> bytes:
        """Write what was found."""
        pieces: list[bytes] = []
        self.emit_to(parsed, lambda piece: pieces.append(bytes(piece)))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def emit_to(self, parsed: _Parsed, sink: Callable[[memoryview], object]) -> None:
        """Write what was found, and lend it to the sink where it lies, for the call only."""
        used = 0
        for batch in parsed[0]:
            limits.current().check()
            if self._emit_bound(batch) > _OUTPUT_SIZE - used:
                self._lend(used, sink)
                used = 0
            used += self._emit(self._emitter, batch, self._output + used)
            if len(self._spare) < _MAX_SPARE:
                self._spare.append(batch)
        self._lend(used, sink)

    def compress(self, data: memoryview) -> bytes:
        """Both by turns, batch by batch: one batch will do, and stays in the processor's cache."""
        with self._borrowed(data) as source:
            return self.emit((self._batches(source, len(data)), b""))

    def _borrowed(self, data: memoryview) -> Any:
        # Given back even when Ctrl-C comes in between: CPython crashes when its garbage collector
        # finds a memoryview that is still lent.
        return self._ffi.from_buffer("uint8_t[]", data)

    def _batches(self, source: Any, size: int) -> Iterator[Any]:
        taken = 0
        while True:
            limits.current().check()
            batch = self._batch()
            taken = self._parse(self._parser, batch, source, size, taken)
            yield batch
            if taken == size:
                return

    def _batch(self) -> Any:
        try:
            return self._spare.pop()
        except IndexError:
            return self._own(self._new_batch(), self._free_batch)

    def _lend(self, size: int, sink: Callable[[memoryview], object]) -> None:
        if not size:
            return
        with memoryview(self._ffi.buffer(self._output, size)).toreadonly() as view:
            sink(view)
