"""Files as Go's package os gives them: its error texts, and reads at an offset.

Only opening, reading and errors; nothing here knows what a file contains.
"""

from __future__ import annotations

import errno
import os

from pyggcr.errors import Error, FileAccessError, MissingPathError, PathPermissionError

__all__ = ["File", "path_error", "read_file"]

# Go's names of errors (syscall/zerrors_linux.go) are those of the C library in lower case;
# these are the ones that reading a file can meet and that differ in more than that.
_TEXTS = {errno.EIO: "input/output error", errno.ENODEV: "no such device"}

_READ_SIZE = 1 << 20


class File:
    """An open file that is read at offsets, by any number of threads (``os.File.ReadAt``)."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: str, descriptor: int | None = None) -> None:
        """Open for reading (``os.Open``), or take a descriptor that is open.

        Args:
            path: what errors call it, too.
            descriptor: is closed with this object.

        Raises:
            FileAccessError: with Go's text, such as ``open a.tar: no such file or directory``.
        """
        self._path = path
        if descriptor is None:
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except (OSError, ValueError) as error:
                raise path_error("open", path, error) from None
        self._descriptor = descriptor

    def read_at(self, offset: int, size: int) -> bytes:
        """At most ``size`` bytes from ``offset``; fewer only at the end of the file."""
        try:
            return os.pread(self._descriptor, size, offset)
        except OverflowError:
            return b""  # no file is so long
        except OSError as error:
            raise path_error("read", self._path, error) from None

    def seek(self, offset: int) -> None:
        """Fail where the system has no such offset, as a seek of Go's would."""
        try:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
        except (OSError, OverflowError) as error:
            raise path_error("seek", self._path, error) from None

    def close(self) -> None:
        """Close the file; idempotent."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def read_file(path: str, limit: int) -> bytes:
    """The whole content of a file (``os.ReadFile``).

    Args:
        limit: how many bytes it may have.

    Raises:
        FileAccessError: it cannot be read.
        Error: it is longer.
    """
    file = File(path)
    try:
        pieces: list[bytes] = []
        size = 0
        while piece := file.read_at(size, _READ_SIZE):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise Error(f"{path} is longer than {limit} bytes")
        return b"".join(pieces)
    finally:
        file.close()


def path_error(
    operation: str, path: str, error: OSError | ValueError | OverflowError
) -> FileAccessError:
    """What the system refused, with the text of Go's ``fs.PathError``.

    A ``ValueError`` is Python's word for a path with a NUL in it, an ``OverflowError`` that for an
    offset that no file has: to Go, invalid arguments.
    """
    code = (error.errno or errno.EIO) if isinstance(error, OSError) else errno.EINVAL
    kinds = {
        errno.ENOENT: MissingPathError,
        errno.EACCES: PathPermissionError,
        errno.EPERM: PathPermissionError,
    }
    text = os.strerror(code)
    text = _TEXTS.get(code, text[:1].lower() + text[1:])
    return kinds.get(code, FileAccessError)(f"{operation} {path}: {text}", code)
