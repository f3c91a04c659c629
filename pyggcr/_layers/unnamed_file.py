"""Temporary files that nobody else can find, for bytes that are too many for memory."""

from __future__ import annotations

import os
import tempfile
import weakref

from pyggcr._layers.source import LimitedFile
from pyggcr._os.file import path_error
from pyggcr.errors import ClosedError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UnnamedFile"]

# Where the system shows a process its open files; each opens anew, from its beginning.
_DESCRIPTORS = "/proc/self/fd"


class UnnamedFile:
    """A temporary file that nobody else can find (a ``Source``); gone when it is closed.

    Readers that were opened before that go on reading.
    """

    anywhere = True

    def __init__(self, content: Iterable[bytes], shown: str, operation: str = "unpack") -> None:
        """Fill it with the pieces of content of what errors call ``shown``.

        Args:
            content: its pieces.
            shown: what errors call it.
            operation: what errors say was being done with it.

        Raises:
            FileAccessError: the folder for temporary files (``TMPDIR``) has no room, say.
        """
        self._shown = shown
        try:
            with tempfile.TemporaryFile(prefix="pyggcr-") as file:
                file.writelines(content)
                file.flush()
                self._descriptor = os.dup(file.fileno())
        except OSError as error:
            if isinstance(error, Error):
                raise  # of the content: it broke off, or took too long
            folder = tempfile.gettempdir()
            raise path_error(operation, f"{shown} into {folder}", error) from None
        closing = weakref.finalize(self, os.close, self._descriptor)
        self.close: weakref.finalize[[int], UnnamedFile] = closing

    @property
    def path(self) -> str:
        """What it can be opened as, by this process and as long as it is not closed."""
        return f"{_DESCRIPTORS}/{self._descriptor}"

    def open(self) -> LimitedFile:
        """A reader of its own."""
        if not self.close.alive:
            raise ClosedError("archive already closed")
        return LimitedFile(self._shown, os.dup(self._descriptor))
