"""Where the bytes of an archive come from: a path, or a function that opens a stream.

Both give readers that are read at growing offsets (``read_at``). A path is read in place; a
stream that cannot seek is read forward. Nothing here knows of tar.
"""

from __future__ import annotations

import os

from pyggcr import limits
from pyggcr._gostd.stream import PieceStream
from pyggcr._os.file import File

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Protocol
else:
    from pyggcr._typing import Protocol

__all__ = [
    "LimitedFile",
    "Opener",
    "OpenerSource",
    "PathSource",
    "ReadAt",
    "ReaderStream",
    "SequentialReader",
    "Source",
    "SourceStream",
]

_SKIP_SIZE = 1 << 20

if TYPE_CHECKING:
    Opener = Callable[[], BinaryIO]


class ReadAt(Protocol):
    """Bytes by offset; fewer than asked for only at the end, none after it.

    ``seek`` moves nothing: it fails for an offset that the medium cannot have.
    """

    def read_at(self, offset: int, size: int) -> bytes: ...

    def seek(self, offset: int) -> None: ...

    def close(self) -> None: ...


class Source(Protocol):
    """Opens the same bytes again and again.

    Attributes:
        anywhere: whether threads other than the caller's may open and read it.
    """

    anywhere: bool

    def open(self) -> ReadAt: ...


class PathSource:
    """A file by its path, opened anew for each reader as Go does."""

    anywhere = True

    def __init__(self, path: str) -> None:
        self.path = path

    def open(self) -> ReadAt:
        """Open the file; errors carry Go's text."""
        return LimitedFile(self.path)


class LimitedFile(File):
    """A file whose reads the limits in force know of."""

    __slots__ = ("_key",)

    def __init__(self, path: str, descriptor: int | None = None) -> None:
        """As ``File``."""
        super().__init__(path, descriptor)
        found = os.fstat(self._descriptor)
        self._key = found.st_dev, found.st_ino

    def read_at(self, offset: int, size: int) -> bytes:
        """As ``File.read_at``.

        Raises:
            CancelledError: the limits say so.
        """
        data = super().read_at(offset, size)
        limits.current().advance_at(self._key, offset, len(data))
        return data


class OpenerSource:
    """Streams from the user's function; its exceptions reach the user unchanged."""

    anywhere = False  # nobody promised that the function may be called from other threads

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    def open(self) -> ReadAt:
        """Call the opener."""
        return _StreamReadAt(self._opener(), self)


class _StreamReadAt:
    """A stream read at offsets: by seeking where it can, else forward, dropping what is between."""

    def __init__(self, stream: BinaryIO, source: object) -> None:
        self._stream = stream
        self._source = source  # what its bytes are counted by
        self._position = 0
        seekable = getattr(stream, "seekable", None)
        self._seekable = seekable is not None and bool(seekable())
        # Go counts from where the opened reader stands.
        self._origin = stream.tell() if self._seekable else 0

    def read_at(self, offset: int, size: int) -> bytes:
        if offset != self._position and not self._move(offset):
            return b""
        pieces = []
        missing = size
        while missing > 0:
            piece = self._stream.read(missing)
            if not piece:
                break
            limits.current().advance_at(self._source, offset + size - missing, len(piece))
            pieces.append(piece)
            missing -= len(piece)
        data = b"".join(pieces)
        self._position = offset + len(data)
        return data

    def seek(self, offset: int) -> None:
        """Any offset will do: Go reads an opener's stream forward, up to its end."""

    def _move(self, offset: int) -> bool:
        if self._seekable:
            try:
                self._stream.seek(self._origin + offset)
            except OverflowError:
                return False  # no stream is so long
            self._position = offset
            return True
        if offset < self._position:
            raise ValueError("a stream that cannot seek was read backwards")
        while self._position < offset:
            piece = self._stream.read(min(_SKIP_SIZE, offset - self._position))
            if not piece:
                return False
            limits.current().advance_at(self._source, self._position, len(piece))
            self._position += len(piece)
        return True

    def close(self) -> None:
        self._stream.close()


class SequentialReader:
    """A ``ReadAt`` as the seekable stream that ``_gostd.tar.Reader`` wants."""

    def __init__(self, reader: ReadAt, position: int = 0) -> None:
        self._reader = reader
        self._position = position

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""
        data = self._reader.read_at(self._position, size)
        self._position += len(data)
        return data

    def seekable(self) -> bool:
        """Yes: a seek costs nothing until the next read."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to ``offset`` from the start (0) or from here (1)."""
        target = offset if whence == 0 else self._position + offset
        self._reader.seek(target)
        self._position = target
        return target

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position


class ReaderStream(PieceStream):
    """All bytes of a reader from the first on; closing it closes the reader."""

    def __init__(self, reader: ReadAt) -> None:
        super().__init__()
        self._reader = reader
        self._position = 0

    def _take(self, size: int) -> bytes:
        data = self._reader.read_at(self._position, size)
        self._position += len(data)
        return data

    def close(self) -> None:
        """Close the stream and its reader. Idempotent."""
        # Where the source could not be opened there is none; Python closes the stream all the same.
        reader = getattr(self, "_reader", None)
        if reader is not None and not self.closed:
            reader.close()
        super().close()


class SourceStream(ReaderStream):
    """All bytes of a source."""

    def __init__(self, source: Source) -> None:
        super().__init__(source.open())
