"""The body of an answer that was compressed on its way."""

from __future__ import annotations

import io

from pyggcr.errors import TruncatedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

    from pyggcr._gostd.gzip.reader import Reader
    from pyggcr._python.remote.connections import Answer

__all__ = ["GunzippedBody"]


class GunzippedBody:
    """What was compressed, as it was before (``gzipReader`` of net/http)."""

    def __init__(self, body: Answer) -> None:
        self._body = body
        self._reader: Reader | None = None

    def read(self, size: int) -> bytes:
        """At most so many bytes, none at the end.

        Raises:
            CompressionError: this is no gzip.
            TruncatedError: it ends too early.
        """
        if self._reader is None:
            from pyggcr._gostd.gzip.reader import Reader  # most answers are not compressed

            try:
                self._reader = Reader(_Compressed(self._body))
            except TruncatedError as error:
                if str(error) == "EOF":
                    return b""  # nothing at all is no gzip, and yet no fault
                raise
        return self._reader.read(size)

    def close(self) -> None:
        """Free the connection."""
        self._body.close()


class _Compressed(io.RawIOBase):
    def __init__(self, body: Answer) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._body.read(len(view))
        view[: len(data)] = data
        return len(data)
