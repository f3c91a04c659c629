"""New files of a folder that appear together once all are complete, and never through a link.

Names come from strangers. So each step of a path is opened from the folder above it, without
following links; everything is written to a hidden folder beside its place first, and renamed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator, Sequence

from pyggcr._os.closeable import Closeable
from pyggcr._os.file import path_error
from pyggcr._os.folder import make_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["MAX_DEPTH", "NewFile", "StagedFolder"]

# Deeper paths are refused by whoever parses names; removing a folder takes a call for each step.
MAX_DEPTH = 200

_FOLDER_MODE = 0o777  # less the umask
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OWNER_MAY = 0o700  # whoever writes into a folder must be able to


class NewFile:
    """A file that is being written."""

    def __init__(self, descriptor: int, shown: str) -> None:
        self._descriptor = descriptor
        self._shown = shown

    def write(self, data: Buffer) -> None:
        """Write the next bytes."""
        view = memoryview(data).cast("B")
        with _told("write", self._shown):
            while view:
                view = view[os.write(self._descriptor, view) :]


class StagedFolder(Closeable):
    """What will be in a folder: paths are sequences of names, none of them ``..`` or empty."""

    def __init__(self, folder: str) -> None:
        """Make the folder if it is not there, and a hidden one in it.

        Raises:
            FileAccessError: the system refuses.
        """
        make_folder(folder, _FOLDER_MODE)
        self._shown = folder
        self._hidden = f".pyggcr-{os.urandom(8).hex()}.tmp"
        with _told("open", folder):
            # The folder itself may be a link: its user named it.
            self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with _told("mkdir", folder):
                os.mkdir(self._hidden, _OWNER_MAY, dir_fd=self._root)
                self._stage = os.open(self._hidden, _OPEN_FOLDER, dir_fd=self._root)
        except BaseException:
            os.close(self._root)
            raise
        self._closed = False

    @contextlib.contextmanager
    def file(self, path: Sequence[str], mode: int) -> Iterator[NewFile]:
        """Write a file, which must not be there yet; its folders are made.

        Args:
            path: its names, from the folder on.
            mode: its permissions, less the umask.

        Raises:
            FileAccessError: the system refuses, or a link or a file is in the way.
        """
        shown = self._name(path)
        with self._parent(path) as folder, _told("open", shown):
            descriptor = os.open(path[-1], _CREATE, mode, dir_fd=folder)
        try:
            yield NewFile(descriptor, shown)
        finally:
            os.close(descriptor)

    def folder(self, path: Sequence[str], mode: int) -> None:
        """Make a folder; the permissions are less the umask, or less those of one that was made."""
        with self._parent(path) as folder, _told("mkdir", self._name(path)):
            _make(folder, path[-1], mode | _OWNER_MAY)

    def symlink(self, path: Sequence[str], target: str) -> None:
        """Make a symbolic link, which nothing here will follow."""
        with self._parent(path) as folder, _told("symlink", self._name(path)):
            os.symlink(target, path[-1], dir_fd=folder)

    def hardlink(self, path: Sequence[str], target: Sequence[str]) -> None:
        """Make a second name of a file that was written here."""
        with (
            self._parent(path) as folder,
            self._parent(target) as other,
            _told("link", self._name(path)),
        ):
            if not stat.S_ISREG(os.stat(target[-1], dir_fd=other, follow_symlinks=False).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            os.link(
                target[-1], path[-1], src_dir_fd=other, dst_dir_fd=folder, follow_symlinks=False
            )

    def commit(self, *, overwrite: bool) -> None:
        """Rename everything into place; where that cannot be done, nothing is.

        Args:
            overwrite: replace files and links that are there.

        Raises:
            FileAccessError: something is in the way, or the system refuses.
        """
        self._compare(self._stage, self._root, (), overwrite)
        self._move(self._stage, self._root, ())

    def _compare(self, stage: int, root: int, path: tuple[str, ...], overwrite: bool) -> None:
        """Look for what is in the way."""
        for name in os.listdir(stage):
            inside = (*path, name)
            with _told("rename", self._name(inside)):
                there = _mode_of(root, name)
                if there is None:
                    continue
                ours = _mode_of(stage, name) or 0
                if stat.S_ISDIR(ours) != stat.S_ISDIR(there):
                    raise OSError(errno.ENOTDIR if stat.S_ISDIR(ours) else errno.EISDIR, "")
                if not stat.S_ISDIR(ours):
                    if not overwrite:
                        raise FileExistsError(errno.EEXIST, "")
                    continue
                with _opened(stage, name) as deeper, _opened(root, name) as beside:
                    self._compare(deeper, beside, inside, overwrite)

    def _move(self, stage: int, root: int, path: tuple[str, ...]) -> None:
        for name in os.listdir(stage):
            inside = (*path, name)
            with _told("rename", self._name(inside)):
                there = _mode_of(root, name)
                if there is not None and stat.S_ISDIR(there):
                    with _opened(stage, name) as deeper, _opened(root, name) as beside:
                        self._move(deeper, beside, inside)
                    continue
                os.replace(name, name, src_dir_fd=stage, dst_dir_fd=root)

    def close(self) -> None:
        """Remove what was not renamed. Idempotent."""
        if self._closed:
            return
        self._closed = True
        try:
            _empty(self._stage)
            with _told("remove", self._shown):
                os.rmdir(self._hidden, dir_fd=self._root)
        finally:
            os.close(self._stage)
            os.close(self._root)

    @contextlib.contextmanager
    def _parent(self, path: Sequence[str]) -> Iterator[int]:
        """A descriptor of the folder that something is in; the folders are made."""
        current = os.dup(self._stage)
        try:
            with _told("open", self._name(path)):
                for name in path[:-1]:
                    _make(current, name)
                    deeper = os.open(name, _OPEN_FOLDER, dir_fd=current)
                    os.close(current)
                    current = deeper
            yield current
        finally:
            os.close(current)

    def _name(self, path: Sequence[str]) -> str:
        return "/".join((self._shown.rstrip("/"), *path))


def _make(parent: int, name: str, mode: int | None = None) -> None:
    """Make a folder; one that is there gets no more permissions than it has."""
    try:
        os.mkdir(name, _FOLDER_MODE if mode is None else mode, dir_fd=parent)
    except FileExistsError:
        if mode is not None:
            with _opened(parent, name) as folder:
                os.fchmod(folder, os.fstat(folder).st_mode & mode)


@contextlib.contextmanager
def _opened(parent: int, name: str) -> Iterator[int]:
    descriptor = os.open(name, _OPEN_FOLDER, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _mode_of(parent: int, name: str) -> int | None:
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _empty(folder: int) -> None:
    """Delete what is in a folder."""
    for name in os.listdir(folder):
        try:
            os.unlink(name, dir_fd=folder)
        except (IsADirectoryError, PermissionError):
            with _opened(folder, name) as deeper:
                _empty(deeper)
            os.rmdir(name, dir_fd=folder)


@contextlib.contextmanager
def _told(operation: str, shown: str) -> Iterator[None]:
    """Raise the system's errors as our own."""
    try:
        yield
    except (OSError, ValueError) as error:  # the latter of a NUL in a path
        if getattr(error, "message", None) is not None:
            raise  # ours already
        raise path_error(operation, shown, error) from None
