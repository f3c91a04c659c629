"""An opener that returns a few bytes at a time, to read an archive through."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, cast
else:
    from pyggcr._typing import BinaryIO, cast


__all__ = ["ShortReads", "short_reads"]

# Around what tar, and what Go's buffers, read at once.
_SIZES = (100, 511, 512, 513, 5000, 65_536)


class ShortReads(io.RawIOBase):
    """A file that gives less than it is asked for, and cannot seek."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115, PTH123 - closed by close()
        self._sizes = itertools.cycle(_SIZES)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read at most the next of some sizes."""
        return self._file.readinto(memoryview(buffer)[: next(self._sizes)]) or 0

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()
        super().close()


def short_reads(path: str | os.PathLike[str]) -> Callable[[], BinaryIO]:
    """An opener of such files."""
    return lambda: cast(BinaryIO, ShortReads(path))
