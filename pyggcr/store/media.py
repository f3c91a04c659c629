"""Regular files of the operating system, by path or without a name, opened safely.

Nothing here waits for a pipe, and the system's errors have Go's texts. ``files`` knows what the
files contain.
"""

from __future__ import annotations

import os
import stat
import tempfile
import weakref
from typing import TYPE_CHECKING

from pyggcr._layers.source import LimitedFile
from pyggcr._os.file import path_error
from pyggcr.errors import ArchiveError, ClosedError, Error

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UnnamedFile", "kind_of", "open_regular"]

# Not blocked by a pipe that nobody writes to; nothing for a regular file.
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK

# Where the system shows a process its open files; each opens anew, from its beginning.
_DESCRIPTORS = "/proc/self/fd"

_KINDS = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISLNK, "symlink"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character device"),
    (stat.S_ISBLK, "block device"),
)


def kind_of(mode: int) -> str:
    """What a mode of ``os.stat`` is of, in a word: ``file``, ``folder``, ``pipe``, …"""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "special file")


def open_regular(name: str, shown: str, folder: int | None = None) -> int:
    """A descriptor of a regular file, which is not a link if it lies in a given folder.

    Args:
        name: its path, or its name in the folder.
        shown: what errors call it.
        folder: descriptor of the folder that it lies in.

    Raises:
        ArchiveError: it is something else, such as a pipe.
        FileAccessError: it cannot be opened.
    """
    flags = _OPEN if folder is None else _OPEN | os.O_NOFOLLOW
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except (OSError, ValueError) as error:
        raise path_error("open", shown, error) from None
    kind = kind_of(os.fstat(descriptor).st_mode)
    if kind != "file":
        os.close(descriptor)
        raise ArchiveError(f"{shown} is a {kind}, not a file")
    return descriptor


class UnnamedFile:
    """A temporary file that nobody else can find (a ``Source``); gone when it is closed.

    Readers that were opened before that go on reading.
    """

    anywhere = True

    def __init__(self, content: Iterable[bytes], shown: str) -> None:
        """Fill it with the pieces of content of what errors call ``shown``.

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
            raise path_error("unpack", f"{shown} into {folder}", error) from None
        self.close = weakref.finalize(self, os.close, self._descriptor)

    @property
    def path(self) -> str:
        """What it can be opened as, by this process and as long as it is not closed."""
        return f"{_DESCRIPTORS}/{self._descriptor}"

    def open(self) -> LimitedFile:
        """A reader of its own."""
        if not self.close.alive:
            raise ClosedError("archive already closed")
        return LimitedFile(self._shown, os.dup(self._descriptor))
