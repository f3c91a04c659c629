"""Streams that are copied to a temporary file without a name, to be read again and again."""

from __future__ import annotations

import os
import tempfile
import weakref

from pyggcr import limits
from pyggcr._layers.source import LimitedFile, ReaderStream
from pyggcr._os.file import path_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, cast
else:
    from pyggcr._typing import BinaryIO, cast


__all__ = ["Copy"]

_READ_SIZE = 1 << 20


class Copy:
    """What is left of a stream, copied; a call opens the copy.

    The file is gone once nobody holds the copy, or a stream of it.
    """

    def __init__(self, reader: BinaryIO) -> None:
        """Copy.

        Raises:
            FileAccessError: the temporary file cannot be written.
            CancelledError: the limits of the call say so.
        """
        self._folder = tempfile.gettempdir()
        try:
            with tempfile.TemporaryFile(buffering=0) as file:
                self._descriptor = os.dup(file.fileno())
        except OSError as error:
            raise path_error("open", self._folder, error) from None
        weakref.finalize(self, os.close, self._descriptor)
        while piece := reader.read(_READ_SIZE):
            limits.current().check()
            self._write(memoryview(piece))

    def _write(self, view: memoryview) -> None:
        while view:
            try:
                view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                raise path_error("write", self._folder, error) from None

    def __call__(self) -> BinaryIO:
        return cast(BinaryIO, ReaderStream(LimitedFile(self._folder, os.dup(self._descriptor))))
