"""A daemon's archive as something that can be read again and again (``imageOpener``).

It is asked for once and kept, in a file without a name or in memory, or asked for at each access.
What broke off is never kept. Nothing here knows what is in an archive.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import weakref

from pyggcr import limits
from pyggcr._layers.source import OpenerSource, ReadAt, Source
from pyggcr._os.file import File, path_error
from pyggcr.errors import ClosedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator
    from typing import BinaryIO, Protocol, cast

    from pyggcr._values.daemon import DaemonOptions

    Save = Callable[[], io.RawIOBase]
else:
    from pyggcr._typing import Protocol, cast

__all__ = ["ArchiveBuffer", "archive_buffer", "lock_held"]

_READ_SIZE = 1 << 18
_POLL = 0.05  # seconds between two looks at the limits while another thread fills


@contextlib.contextmanager
def lock_held(lock: threading.Lock) -> Iterator[None]:
    """Hold the lock, as soon as it is free; looks at the limits of the call meanwhile."""
    while not lock.acquire(timeout=_POLL):
        limits.current().check()
    try:
        yield
    finally:
        lock.release()


class ArchiveBuffer(Source, Protocol):
    """A source that may hold the archive; ``close`` releases it."""

    def close(self) -> None: ...


def archive_buffer(options: DaemonOptions, save: Save) -> ArchiveBuffer:
    """The buffer that the options ask for."""
    if options.opener is not None:
        return _Unbuffered(options.opener)
    if options.buffer == "none":
        return _Unbuffered(lambda: cast("BinaryIO", save()))
    if options.buffer == "memory":
        return _Filled(save, _Memory)
    return _Filled(save, lambda: _File(options.folder))


class _Unbuffered(OpenerSource):
    """Asked for at each access (``WithUnbufferedOpener``)."""

    def close(self) -> None:
        """Nothing is held."""


class _Store(Protocol):
    """Where an archive is kept."""

    def write(self, data: bytes) -> None: ...

    def open(self) -> ReadAt: ...

    def close(self) -> None: ...


class _Filled:
    """Asked for at the first access, by whichever thread comes first."""

    anywhere = True

    def __init__(self, save: Save, make: Callable[[], _Store]) -> None:
        self._save = save
        self._make = make
        self._lock = threading.Lock()
        self._store: _Store | None = None
        self._closed = False

    def open(self) -> ReadAt:
        """Read the archive; raises what the daemon's stream raises, or the disk."""
        with lock_held(self._lock):
            if self._closed:
                raise ClosedError("image already closed")
            if self._store is None:
                self._store = self._fill()
            return self._store.open()

    def _fill(self) -> _Store:
        with self._save() as stream:
            store = self._make()
            try:
                while piece := stream.read(_READ_SIZE):
                    store.write(piece)
            except BaseException:
                store.close()
                raise
        return store

    def close(self) -> None:
        """Let go of the archive; what was opened stays open."""
        self._closed = True
        with self._lock:  # whoever fills looks at limits of its own
            if self._store is not None:
                self._store.close()
                self._store = None


class _Memory:
    """``WithBufferedOpener``."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> None:
        self._data += data

    def open(self) -> ReadAt:
        return _MemoryReader(memoryview(self._data))

    def close(self) -> None:
        self._data = bytearray()


class _MemoryReader:
    def __init__(self, data: memoryview) -> None:
        self._data = data

    def read_at(self, offset: int, size: int) -> bytes:
        data = bytes(self._data[offset : offset + size])
        limits.current().check()
        return data

    def seek(self, offset: int) -> None:
        """Memory has any offset, as in Go."""

    def close(self) -> None:
        self._data = memoryview(b"")


class _FileReader(File):
    """Reads what was counted when the daemon sent it."""

    __slots__ = ()

    def read_at(self, offset: int, size: int) -> bytes:
        data = super().read_at(offset, size)
        limits.current().check()
        return data


class _File:
    """``WithFileBufferedOpener``, in a file that has no name: gone with its last descriptor."""

    def __init__(self, folder: str | None) -> None:
        self._folder = tempfile.gettempdir() if folder is None else folder
        try:
            # Where the system can, it never has a name.
            file = tempfile.TemporaryFile(dir=self._folder, prefix="pyggcr-", suffix=".tar")  # noqa: SIM115
        except (OSError, ValueError) as error:
            raise path_error("open", self._folder, error) from None
        with file:
            self._descriptor = os.dup(file.fileno())
        self._close = weakref.finalize(self, os.close, self._descriptor)

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                raise path_error("write", self._folder, error) from None

    def open(self) -> ReadAt:
        return _FileReader(self._folder, os.dup(self._descriptor))

    def close(self) -> None:
        self._close()
