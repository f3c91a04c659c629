"""Files that take their place only when they are whole, so that nothing is lost on the way.

Until then such a file is hidden beside that place, and goes away if anything goes wrong. What
there was before stays as it is until the end. All files that pyggcr writes for its users are
written like this.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from pyggcr._gostd.osfile import path_error

if TYPE_CHECKING:
    import io

    from typing_extensions import Buffer

__all__ = ["NewFile", "Writable", "is_replaceable", "new_file", "writable"]

_MODE = 0o666  # less what the user's umask takes away


class Writable(Protocol):
    """Anything with a ``write`` that takes all it is given."""

    def write(self, data: Buffer, /) -> object: ...


class NewFile:
    """A file that is being written: in order by ``write``, or anywhere by ``write_at``.

    Threads may share it as long as only one of them uses ``write``.
    """

    def __init__(self, descriptor: int, shown: str) -> None:
        self._descriptor = descriptor
        self._shown = shown
        self.size = 0  # bytes that ``write`` wrote

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
def new_file(target: str | os.PathLike[str], *, mode: int | None = None) -> Iterator[NewFile]:
    """A new file, in place of what is at the path once the ``with`` block is left in peace.

    A link stays a link: what it leads to is replaced.

    Args:
        target: where the file shall be.
        mode: permissions; ``None`` for those of the file that is replaced, else what the umask
            says.

    Raises:
        FileAccessError: the system refuses; in this case too nothing is left behind.
    """
    shown = os.fspath(target)
    descriptor = -1
    temporary = ""
    try:
        with _told("open", shown):
            if not shown:
                raise FileNotFoundError(errno.ENOENT, "")  # realpath makes the working folder of it
            place = os.path.realpath(shown)
            hidden = f".pyggcr-{secrets.token_hex(8)}.tmp"
            temporary = os.path.join(os.path.dirname(place), hidden)  # noqa: PTH118, PTH120
            if mode is None:
                mode = _mode_of(place)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            # Others must not open it while it is empty and read it later.
            descriptor = os.open(temporary, flags, _MODE if mode is None else mode)
            if mode is not None:
                os.fchmod(descriptor, mode)
        yield NewFile(descriptor, shown)
        with _told("open", shown):
            os.replace(temporary, place)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    finally:
        if descriptor >= 0:
            os.close(descriptor)


@contextlib.contextmanager
def writable(target: str | os.PathLike[str], *, mode: int | None = None) -> Iterator[Writable]:
    """What is written to at a path: a new file, or the pipe or device that is there.

    Args:
        target, mode: as for ``new_file``.

    Raises:
        FileAccessError: the system refuses.
    """
    if is_replaceable(target):
        with new_file(target, mode=mode) as file:
            yield file
        return
    shown = os.fspath(target)
    with _told("open", shown):
        stream = open(target, "wb", buffering=0)  # noqa: PTH123, SIM115
    with stream:
        yield _Stream(stream, shown)


class _Stream:
    """A pipe or a device that is being written; nothing is held back for its end to wait for."""

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
    """Raise what the system refuses as an error of our own; but that nobody reads is no refusal."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # the latter of a NUL in a path
        raise path_error(operation, shown, error) from None


def is_replaceable(target: str | os.PathLike[str]) -> bool:
    """Whether a new file can take the place: there is none, or one that is no device or pipe."""
    try:
        return stat.S_ISREG(os.stat(target).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return True


def _mode_of(place: str) -> int | None:
    """The permissions of the file that is to be replaced, if there is one."""
    try:
        return stat.S_IMODE(os.stat(place).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        return None
