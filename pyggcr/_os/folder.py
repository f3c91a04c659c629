"""What Go's package os does with whole folders and files: making and deleting."""

from __future__ import annotations

import errno
import os
import stat

from pyggcr._os.file import path_error

__all__ = ["make_folder", "remove"]


def make_folder(name: str, mode: int) -> None:
    """Make a folder and those that it is in (``os.MkdirAll``).

    Args:
        name: its path.
        mode: permissions of each folder that is made, less the umask.

    Raises:
        FileAccessError: the system refuses, or a file is in the way.
    """
    try:
        found = os.stat(name)  # noqa: PTH116
    except (OSError, ValueError):
        found = None
    if found is not None and not stat.S_ISDIR(found.st_mode):
        raise path_error("mkdir", name, NotADirectoryError(errno.ENOTDIR, ""))
    if found is not None:
        return
    parent = name.rstrip("/").rpartition("/")[0]
    if parent:
        make_folder(parent, mode)
    try:
        os.mkdir(name, mode)  # noqa: PTH102
    except (OSError, ValueError) as error:
        if os.path.isdir(name):  # noqa: PTH112
            return
        raise path_error("mkdir", name, error) from None


def remove(name: str) -> None:
    """Delete a file or an empty folder (``os.Remove``).

    Raises:
        FileAccessError: the system refuses, or nothing is there.
    """
    try:
        os.unlink(name)  # noqa: PTH108
    except FileNotFoundError as error:
        raise path_error("remove", name, error) from None
    except (OSError, ValueError) as error:
        try:
            os.rmdir(name)  # noqa: PTH106
        except (OSError, ValueError) as second:
            shown = error if getattr(second, "errno", 0) == errno.ENOTDIR else second
            raise path_error("remove", name, shown) from None
