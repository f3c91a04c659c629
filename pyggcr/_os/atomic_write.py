"""Files that are renamed into place once they are complete, so that nothing is lost on the way.

Until then such a file is hidden in the same folder, and is deleted if anything goes wrong. The
file that was there before stays untouched until the end. Every file that pyggcr writes for its
users is written like this.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from pyggcr._os.file import path_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import Protocol

    from typing_extensions import Buffer
else:
    from pyggcr._typing import Protocol

__all__ = ["AtomicFile", "Writable", "atomic_write", "is_replaceable", "writable"]

_MODE = 0o666  # less what the user's umask takes away


class Writable(Protocol):
    """Anything with a ``write`` that takes all it is given."""

    def write(self, data: Buffer, /) -> object: ...


class AtomicFile:
    """A file that is being written: in order by ``write``, or anywhere by ``write_at``.

    Threads may share it as long as only one of them uses ``write``.
    """

    def __init__(self, descriptor: int, shown: str) -> None:
        self._descriptor = descriptor
        self._shown = shown
        self.size: int = 0  # bytes that ``write`` wrote
        self.final_name: str | None = None
        self.dropped: bool = False

    def rename_to(self, name: str) -> None:
        """Let the file have another name, in the same folder, once it is complete."""
        self.final_name = name

    def drop(self) -> None:
        """Let the file be deleted in the end, and what is at the path stay."""
        self.dropped = True

    def write(self, data: Buffer) -> None:
        """Write the next bytes."""
        self.write_at(data, self.size)
        self.size += memoryview(data).nbytes

    def write_at(self, data: Buffer, position: int) -> None:
        """Write bytes at a position, in bytes from the start."""
        view = memoryview(data).cast("B")
        with _told("write", self._shown):
            while view:
                written = os.pwrite(self._descriptor, view, position)
                position += written
                view = view[written:]

    def truncate(self, size: int) -> None:
        """End the file after so many bytes."""
        with _told("write", self._shown):
            os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        """See the content safely on the disk."""
        with _told("write", self._shown):
            os.fsync(self._descriptor)


@contextlib.contextmanager
def atomic_write(
    target: str | os.PathLike[str], *, mode: int | None = None, new_mode: int = _MODE
) -> Iterator[AtomicFile]:
    """Write a file that replaces what is at the path when the ``with`` block ends without an error.

    A link stays a link: the file it points to is replaced.

    Args:
        target: the path of the file.
        mode: permissions; ``None`` for those of the file that is replaced, or else those that the
            umask leaves of ``new_mode``.
        new_mode: permissions of a file that replaces none, less the umask.

    Raises:
        FileAccessError: the system refuses; nothing is left behind in this case either.
    """
    shown = os.fspath(target)
    descriptor = -1
    temporary = ""
    try:
        with _told("open", shown):
            if not shown:
                raise FileNotFoundError(errno.ENOENT, "")  # realpath makes the working folder of it
            path = os.path.realpath(shown)
            hidden = f".pyggcr-{os.urandom(8).hex()}.tmp"
            temporary = os.path.join(os.path.dirname(path), hidden)  # noqa: PTH118, PTH120
            if mode is None:
                mode = _mode_of(path)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            # Others must not open it while it is empty and read it later.
            descriptor = os.open(temporary, flags, new_mode if mode is None else mode)
            if mode is not None:
                os.fchmod(descriptor, mode)
        file = AtomicFile(descriptor, shown)
        yield file
        with _told("open", shown):
            if file.final_name is not None:
                path = os.path.join(os.path.dirname(path), file.final_name)  # noqa: PTH118, PTH120
            if file.dropped:
                os.unlink(temporary)  # noqa: PTH108
            else:
                os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    finally:
        if descriptor >= 0:
            os.close(descriptor)


@contextlib.contextmanager
def writable(target: str | os.PathLike[str], *, mode: int | None = None) -> Iterator[Writable]:
    """Open a path for writing: as an atomically written file, or the pipe or device that is there.

    Args:
        target, mode: as for ``atomic_write``.

    Raises:
        FileAccessError: the system refuses.
    """
    if is_replaceable(target):
        with atomic_write(target, mode=mode) as file:
            yield file
        return
    shown = os.fspath(target)
    with _told("open", shown):
        stream = open(target, "wb", buffering=0)  # noqa: PTH123, SIM115
    with stream:
        yield _Stream(stream, shown)


class _Stream:
    """A pipe or a device that is being written, without a buffer."""

    def __init__(self, stream: io.FileIO, shown: str) -> None:
        self._stream = stream
        self._shown = shown

    def write(self, data: Buffer) -> None:
        """Write the next bytes."""
        view = memoryview(data).cast("B")
        with _told("write", self._shown):
            while view:
                view = view[self._stream.write(view) :]


@contextlib.contextmanager
def _told(operation: str, shown: str) -> Iterator[None]:
    """Raise the system's errors as our own, except that nobody reads a pipe."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # the latter of a NUL in a path
        raise path_error(operation, shown, error) from None


def is_replaceable(target: str | os.PathLike[str]) -> bool:
    """Whether a path can be replaced: there is no file, or one that is no device or pipe."""
    try:
        return stat.S_ISREG(os.stat(target).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return True


def _mode_of(path: str) -> int | None:
    """The permissions of the file that will be replaced, if there is one."""
    try:
        return stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        return None
