"""Hash and size of pieces, or of a stream while it is being read.

``v1.sha256`` is for a stream that need only be hashed.
"""

from __future__ import annotations

from collections import deque

from pyggcr import v1
from pyggcr._gostd import codecs
from pyggcr._gostd.stream import PieceStream
from pyggcr.errors import CancelledError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator, Sequence

    from pyggcr._layers.worker_pool import WorkerPool

__all__ = ["CountingHash", "HashingStream", "hash_all"]

_READ_SIZE = 1 << 17
_AT_ONCE = 3  # streams that a thread reads by turns: as many as a processor hashes at once


class CountingHash:
    """Hash and size of the pieces that were added."""

    __slots__ = ("_hasher", "size")

    def __init__(self) -> None:
        self._hasher = codecs.sha256()
        self.size = 0

    def add(self, data: bytes | memoryview) -> None:
        """Take the next piece."""
        self._hasher.update(data)
        self.size += len(data)

    def hash(self) -> v1.Hash:
        """Hash of all that was added."""
        return v1.Hash("sha256", self._hasher.hexdigest())


class HashingStream(PieceStream):
    """A stream that hashes what is read from it (``io.TeeReader`` on a hash)."""

    def __init__(self, stream: io.RawIOBase) -> None:
        super().__init__()
        self._stream = stream
        self.counted = CountingHash()

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size) or b""
        self.counted.add(data)
        return data


def hash_all(
    openers: Sequence[Callable[[], io.RawIOBase]], pool: WorkerPool
) -> Iterator[tuple[v1.Hash, int]]:
    """Hash and size of each stream, in their order; what one raises is raised at its turn.

    Args:
        openers: functions that open the streams, on any thread.
        pool: its threads share the work.
    """
    work = _Hashing(openers, pool)
    for _ in pool.in_order([work.run] * min(pool.size, len(openers)), anywhere=True):
        continue
    for found in work.found:
        if isinstance(found, Error):
            raise found
        if found is not None:  # only those behind an error are left out
            yield found


class _Hashing:
    """Streams that threads hash, each thread some by turns."""

    def __init__(self, openers: Sequence[Callable[[], io.RawIOBase]], pool: WorkerPool) -> None:
        self._waiting = deque(enumerate(openers))
        self._at_once = min(_AT_ONCE, -(-len(openers) // pool.size))
        self._pool = pool
        self._wanted = len(openers)  # those from that number on are not
        self.found: list[tuple[v1.Hash, int] | Error | None] = [None] * len(openers)

    def run(self) -> None:
        """Hash streams that no other thread does, until there are none."""
        reading: list[_Reading] = []
        try:
            while True:
                while len(reading) < self._at_once and self._waiting:
                    self._begin(reading)
                if not reading:
                    return
                self._pool.check()
                reading[:] = [each for each in reading if self._go_on(each)]
        finally:
            for each in reading:
                each.stream.close()

    def _begin(self, reading: list[_Reading]) -> None:
        try:
            number, opener = self._waiting.popleft()
        except IndexError:
            return  # another thread was faster
        try:
            reading.append(_Reading(number, opener()))
        except CancelledError:
            raise
        except Error as error:
            self._fail(number, error)

    def _go_on(self, each: _Reading) -> bool:
        """Hash the next piece of a stream; false if there is no more to do with it."""
        try:
            piece = each.stream.read(_READ_SIZE)
        except CancelledError:
            raise
        except Error as error:
            self._fail(each.number, error)
        else:
            if piece and each.number < self._wanted:
                each.counted.add(piece)
                return True
            self.found[each.number] = each.counted.hash(), each.counted.size
        each.stream.close()
        return False

    def _fail(self, number: int, error: Error) -> None:
        self.found[number] = error
        self._wanted = min(self._wanted, number)
        self._waiting.clear()  # they are behind it


class _Reading:
    """A stream that is being hashed."""

    __slots__ = ("counted", "number", "stream")

    def __init__(self, number: int, stream: io.RawIOBase) -> None:
        self.number = number
        self.stream = stream
        self.counted = CountingHash()
