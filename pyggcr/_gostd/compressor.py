"""What compressors of every format share: the order of their work, and streams made of it.

Compressing has two halves, which two threads may share: finding matches and writing code. What is
here keeps them in order; the work is done by what ``codecs`` chooses.
"""

from __future__ import annotations

import threading

from pyggcr._gostd.stream import PieceStream, Waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from typing import Any

    from typing_extensions import Buffer, ParamSpec, Self, TypeVar

    from pyggcr._gostd.codecs import Deflater

    P = ParamSpec("P")
    T = TypeVar("T")

__all__ = ["Batch", "CompressedStream", "Compressor"]

_READ_SIZE = 1 << 18


class Batch:
    """A piece of a stream that was parsed and waits to be emitted, by the same compressor."""

    __slots__ = ("_content", "_number", "_owner")

    def __init__(self, owner: Compressor, number: int, content: Any) -> None:
        self._owner = owner
        self._number = number
        self._content = content


class Compressor:
    """Compresses a stream piece by piece; how it is cut does not change the result.

    ``compress`` is ``parse`` followed by ``emit``, ``flush`` is ``parse_last`` followed by
    ``emit``. One thread may parse ahead of another that emits; batches are emitted in the order in
    which they were parsed. All four raise ``RuntimeError`` when they are called out of order, by
    two threads at once, or after an error that broke the stream off.
    """

    def __init__(self, stream: Deflater) -> None:
        """Take what does the work."""
        self._stream = stream
        self._parsing = _Half("parsing")
        self._emitting = _Half("emitting")
        self._ended = False

    def compress(self, data: Buffer) -> bytes:
        """Take more data; give what is compressed by now.

        Raises:
            CancelledError: the limits in force say so.
        """
        view = memoryview(data).cast("B")
        with self._parsing, self._emitting:
            self._check_may_parse()
            self._check_next(self._parsing.done)
            self._parsing.done += 1
            return self._emitting.do(self._stream.compress, view)

    def flush(self) -> bytes:
        """End the stream; give the rest of it."""
        with self._emitting:
            self._check_next(self._parsing.done)
        return self.emit(self.parse_last())

    def parse(self, data: Buffer) -> Batch:
        """Take more data, and find what can be said shorter.

        Raises:
            CancelledError: the limits in force say so.
        """
        view = memoryview(data).cast("B")
        with self._parsing:
            self._check_may_parse()
            number = self._parsing.done
            return Batch(self, number, self._parsing.do(self._stream.parse, view))

    def parse_last(self) -> Batch:
        """End the stream: the batch of what is left."""
        with self._parsing:
            self._check_may_parse()
            self._ended = True
            number = self._parsing.done
            return Batch(self, number, self._parsing.do(self._stream.parse_last))

    def emit(self, batch: Batch) -> bytes:
        """Give the next batch in compressed form.

        Raises:
            CancelledError: the limits in force say so.
        """
        with self._emitting:
            self._check_is_next(batch)
            return self._emitting.do(self._stream.emit, batch._content)

    def emit_to(self, batch: Batch, sink: Callable[[memoryview], object]) -> None:
        """Give the next batch in compressed form to a function, without copying it.

        The function may be called several times; what it is given is its own until it returns.

        Raises:
            CancelledError: the limits in force say so.
        """
        with self._emitting:
            self._check_is_next(batch)
            self._emitting.do(self._stream.emit_to, batch._content, sink)

    def _check_is_next(self, batch: Batch) -> None:
        if batch._owner is not self:
            raise RuntimeError("the batch comes from another compressor")
        self._check_next(batch._number)

    def _check_may_parse(self) -> None:
        if self._ended:
            raise RuntimeError("the stream has ended")

    def _check_next(self, number: int) -> None:
        if number != self._emitting.done:
            raise RuntimeError(
                "batches must be emitted once, in the order in which they were parsed"
            )


class _Half:
    """Half of the work: for one thread at a time, and not after an error.

    Attributes:
        done: how many batches it has done.
    """

    __slots__ = ("_broken", "_lock", "_name", "done")

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._broken = False
        self.done = 0

    def __enter__(self) -> Self:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(f"another thread is {self._name} this stream")
        if self._broken:
            self._lock.release()
            raise RuntimeError("the stream was broken off by an error")
        return self

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the next batch."""
        try:
            result = work(*args, **kwargs)
        except BaseException:
            self._broken = True
            raise
        self.done += 1
        return result


class CompressedStream(PieceStream):
    """A stream compressed while it is read.

    Errors of the source are raised when they are met. Closing closes the source.
    """

    def __init__(self, source: io.RawIOBase, compressor: Compressor) -> None:
        super().__init__()
        self._source = source
        self._compressor: Compressor | None = compressor
        self._ready = Waiting()

    def _take(self, size: int) -> bytes:
        while not self._ready:
            if self._compressor is None:
                return b""
            data = self._source.read(_READ_SIZE)
            if data:
                self._ready.put(self._compressor.compress(data))
            else:
                self._ready.put(self._compressor.flush())
                self._compressor = None
        return self._ready.take(size)

    def close(self) -> None:
        """Close the stream and its source. Idempotent."""
        if not self.closed:
            self._source.close()
        super().close()
