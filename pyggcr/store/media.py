"""Regular files of the operating system, opened safely.

Nothing here waits for a pipe, and the system's errors have Go's texts. ``files`` knows what the
files contain.
"""

from __future__ import annotations

import os
import stat

from pyggcr._os.file import path_error
from pyggcr.errors import ArchiveError

__all__ = ["kind_of", "open_regular"]

# Not blocked by a pipe that nobody writes to; nothing for a regular file.
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK

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
