"""Files and folders of this machine as entries of a layer.

1. No link is followed below the folder that was named: every step of a path is opened from the
   folder above it, and never through a link. Links stay links.
2. What is listed and what is read later must be the same: type, size, time and inode of each file
   are compared before and after it is read, and the times of folders at the end.
3. Only what a layer can hold on every machine is used: no owners, no times, and of extended
   attributes only ``security.capability`` and ``user.*``.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import weakref

from pyggcr._gostd.stream import PieceStream
from pyggcr._os.file import path_error
from pyggcr.build.entry import Content, Entry, clean_path
from pyggcr.errors import BuildError, SourceChangedError, UnsupportedOptionError
from pyggcr.store.media import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal
else:
    from pyggcr._typing import Literal

__all__ = ["Modes", "from_path"]

Modes = Literal["normal", "keep"]

_FILE_MODE, _PROGRAM_MODE, _FOLDER_MODE = 0o644, 0o755, 0o755
_OPEN_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_OPEN_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY

_CAPABILITY, _OF_USER, _OF_OVERLAY = "security.capability", "user.", "user.overlay."

# What the system says where there is something else now than there was.
_GONE = (errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO)


def from_path(
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str] = "/",
    *,
    modes: Modes = "normal",
    owner: tuple[int, int] = (0, 0),
    xattrs: bool = True,
    skip_special: bool = False,
) -> list[Entry]:
    """List a file, or the content of a folder, as entries of a layer.

    The folder itself is not among them, unless it is empty; ``layer`` adds it. Symbolic links stay
    links, wherever they lead. A file with several names becomes hard links.

    Args:
        source: a file or a folder; a link to one is followed.
        destination: the folder in the image for the content of a folder; for a file its path, or
            the folder to put it into if it ends with a slash. Default the root.
        modes: ``normal`` (default): 0755 for folders and for files that their owner may execute,
            0644 for other files, whatever the umask was; or ``keep`` for the permission bits as
            they are, including set-user-ID and the like.
        owner: user and group of everything, by number; default root.
        xattrs: whether to store extended attributes (``security.capability`` and ``user.*``, on
            Linux); default true.
        skip_special: leave out devices, pipes and sockets, which are errors otherwise; default
            false.

    Returns:
        Entries for ``layer``, which reads the files. The folder must not change before that.

    Raises:
        BuildError: there is a device, a pipe or a socket, or a name that a layer cannot have.
        SourceChangedError: something changed while it was listed.
        FileAccessError: something cannot be read.
        UnsupportedOptionError: ``modes`` has another value.

    Examples:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = pathlib.Path(folder, "index.html").write_text("<p>Hello</p>")
        ...     [entry.path for entry in from_path(folder, "/srv/www")]
        ['srv/www/index.html']
    """
    if modes not in ("normal", "keep"):
        raise UnsupportedOptionError(f'modes is "normal" or "keep", not "{modes}"')
    scan = _Scan(os.fspath(source), modes, owner, xattrs, skip_special)
    text = os.fspath(destination)
    if scan.is_folder:
        return scan.entries(clean_path(text) if set(text.split("/")) - {"", "."} else "")
    if text.endswith("/"):
        text += os.path.basename(os.path.abspath(scan.shown))  # noqa: PTH100, PTH119
    return [scan.file(clean_path(text))]


class _Scan:
    """One walk through a folder (``Watched``)."""

    def __init__(
        self, shown: str, modes: Modes, owner: tuple[int, int], xattrs: bool, skip_special: bool
    ) -> None:
        self.shown = shown
        self._modes = modes
        self._owner = owner
        self._xattrs = xattrs and hasattr(os, "listxattr")
        self._skip_special = skip_special
        try:
            status = os.stat(shown)  # noqa: PTH116
            self.is_folder = stat.S_ISDIR(status.st_mode)
            where = shown if self.is_folder else os.path.dirname(os.path.realpath(shown))  # noqa: PTH120
            self._root = os.open(where, _OPEN_FOLDER)
        except (OSError, ValueError) as error:
            raise path_error("open", shown, error) from None
        weakref.finalize(self, os.close, self._root)
        self._near: _Near | None = None
        self._folders: dict[tuple[str, ...], tuple[int, int]] = {}  # inode and time of change
        self._linked: dict[tuple[int, int], list[Entry]] = {}

    def file(self, path: str) -> Entry:
        """The entry of the file that was named."""
        name = os.path.basename(os.path.realpath(self.shown))  # noqa: PTH119
        return self._entry((name,), path, self._status(self._root, name, self.shown), self.shown)

    def entries(self, into: str) -> list[Entry]:
        """The entries of the folder, in no particular order."""
        found: list[Entry] = []
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            parts = waiting.pop()
            for name, status in self._listed(parts):
                inside = (*parts, name)
                shown = os.path.join(self.shown, *inside)  # noqa: PTH118
                if self._is_left_out(status.st_mode, shown):
                    continue
                path = clean_path("/".join((into, *inside)))
                found.append(self._entry(inside, path, status, shown))
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(inside)
        self._near = None
        if not found and into:
            return [Entry.folder(into, owner=self._owner)]
        return self._with_links(found)

    def _is_left_out(self, mode: int, shown: str) -> bool:
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
            return False
        if not self._skip_special:
            raise BuildError(f"{shown} is a {kind_of(mode)}, which a layer is not made of")
        return True

    def _listed(self, parts: tuple[str, ...]) -> list[tuple[str, os.stat_result]]:
        shown = os.path.join(self.shown, *parts)  # noqa: PTH118
        with self._opened(parts, _OPEN_FOLDER, shown) as folder:
            status = os.fstat(folder)
            self._folders[parts] = status.st_ino, status.st_mtime_ns
            try:
                names = sorted(os.listdir(folder), key=os.fsencode)  # noqa: PTH208
            except OSError as error:
                raise path_error("readdirent", shown, error) from None
            return [(name, self._status(folder, name, f"{shown}/{name}")) for name in names]

    def _status(self, folder: int, name: str, shown: str) -> os.stat_result:
        with _told("lstat", shown):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)

    @contextlib.contextmanager
    def _opened(self, parts: tuple[str, ...], flags: int, shown: str) -> Iterator[int]:
        """A descriptor of what is at a path inside, where no part of the path is a link."""
        if not parts:
            yield self._root
            return
        with _told("open", shown):
            folder = self._folder(parts[:-1])
            descriptor = os.open(parts[-1], flags | os.O_NOFOLLOW, dir_fd=folder)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _folder(self, parts: tuple[str, ...]) -> int:
        """A descriptor of a folder inside, kept until another one is asked for."""
        if not parts:
            return self._root
        if self._near is None or self._near.parts != parts:
            self._near = None
            self._near = _Near(self._root, parts)
        return self._near.descriptor

    def _entry(
        self, parts: tuple[str, ...], path: str, status: os.stat_result, shown: str
    ) -> Entry:
        mode = status.st_mode
        if stat.S_ISLNK(mode):
            with self._opened(parts[:-1], _OPEN_FOLDER, shown) as folder, _told("readlink", shown):
                target = os.readlink(parts[-1], dir_fd=folder)
            return Entry(
                path, "symlink", 0o777, self._owner, target=target, shown=shown, watched=self
            )
        is_folder = stat.S_ISDIR(mode)
        if not is_folder and not stat.S_ISREG(mode):
            raise BuildError(f"{shown} is a {kind_of(mode)}, which a layer is not made of")
        flags = _OPEN_FOLDER if is_folder else _OPEN_FILE
        xattrs = None
        if self._xattrs:
            with self._opened(parts, flags, shown) as descriptor:
                xattrs = _xattrs_of(descriptor, shown)
        content = None
        if not is_folder:
            content = Content(status.st_size, _Opener(self, parts, status, shown))
        entry = Entry(
            path,
            "folder" if is_folder else "file",
            self._mode(mode),
            self._owner,
            content,
            xattrs=xattrs,
            shown=shown,
            watched=self,
        )
        if status.st_nlink > 1 and not is_folder:
            self._linked.setdefault((status.st_dev, status.st_ino), []).append(entry)
        return entry

    def _mode(self, mode: int) -> int:
        if self._modes == "keep":
            return stat.S_IMODE(mode)
        if stat.S_ISDIR(mode):
            return _FOLDER_MODE
        return _PROGRAM_MODE if mode & stat.S_IXUSR else _FILE_MODE

    def _with_links(self, found: list[Entry]) -> list[Entry]:
        """The entries; of those that are one file, all but the first by name are hard links."""
        links = {}
        for same in self._linked.values():
            first, *others = sorted((entry.path for entry in same), key=os.fsencode)
            links.update(dict.fromkeys(others, first))
        return [
            Entry(entry.path, "hardlink", target=links[entry.path], shown=entry.shown, watched=self)
            if entry.path in links
            else entry
            for entry in found
        ]

    def open(self, parts: tuple[str, ...], shown: str) -> int:
        """A descriptor of a file."""
        with self._opened(parts, _OPEN_FILE, shown) as descriptor:
            return os.dup(descriptor)

    def check(self) -> None:
        """Raise ``SourceChangedError`` if files were added or removed."""
        self._near = None
        for parts, known in self._folders.items():
            shown = os.path.join(self.shown, *parts)  # noqa: PTH118
            with self._opened(parts, _OPEN_FOLDER, shown) as folder:
                status = os.fstat(folder)
            if (status.st_ino, status.st_mtime_ns) != known:
                raise SourceChangedError(f"{shown} changed while it was read")


class _Near:
    """A folder inside, opened step by step from the root."""

    def __init__(self, root: int, parts: tuple[str, ...]) -> None:
        self.parts = parts
        current = os.dup(root)
        try:
            for part in parts:
                deeper = os.open(part, _OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=current)
                os.close(current)
                current = deeper
        except BaseException:
            os.close(current)
            raise
        self.descriptor = current
        weakref.finalize(self, os.close, current)


class _Opener:
    """Opens a file of a scan."""

    __slots__ = ("_parts", "_scan", "_shown", "_status")

    def __init__(
        self, scan: _Scan, parts: tuple[str, ...], status: os.stat_result, shown: str
    ) -> None:
        self._scan = scan
        self._parts = parts
        self._status = status
        self._shown = shown

    def __call__(self) -> io.RawIOBase:
        return _WatchedFile(self._scan.open(self._parts, self._shown), self._status, self._shown)


class _WatchedFile(PieceStream):
    """A file whose reads fail where it is not what it was when it was listed."""

    def __init__(self, descriptor: int, expected: os.stat_result, shown: str) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._expected = _identity(expected)
        self._missing = expected.st_size
        self._shown = shown
        try:
            self._compare()
        except BaseException:
            self.close()  # once: finalizing calls it again
            raise

    def _compare(self) -> None:
        if _identity(os.fstat(self._descriptor)) != self._expected:
            raise SourceChangedError(f"{self._shown} changed while it was read")

    def _take(self, size: int) -> bytes:
        try:
            # At the end one byte more is asked for, which a file that grew has.
            data = os.read(self._descriptor, min(size, self._missing) or 1)
        except OSError as error:
            raise path_error("read", self._shown, error) from None
        if not data or not self._missing:
            self._compare()
            if data or self._missing:
                raise SourceChangedError(f"{self._shown} changed while it was read")
            return b""
        self._missing -= len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _identity(status: os.stat_result) -> tuple[int, ...]:
    kind = stat.S_IFMT(status.st_mode)
    return kind, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def _told(operation: str, shown: str) -> Iterator[None]:
    """Raise the system's errors as our own; what is not there any more has changed."""
    try:
        yield
    except OSError as error:
        if error.errno in _GONE:
            raise SourceChangedError(f"{shown} vanished while it was read") from None
        raise path_error(operation, shown, error) from None


def _xattrs_of(descriptor: int, shown: str) -> dict[str, bytes] | None:
    try:
        names = os.listxattr(descriptor)
        taken = {name: os.getxattr(descriptor, name) for name in names if _is_taken(name)}
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return None
        raise path_error("listxattr", shown, error) from None
    return taken or None


def _is_taken(name: str) -> bool:
    return name == _CAPABILITY or (name.startswith(_OF_USER) and not name.startswith(_OF_OVERLAY))
