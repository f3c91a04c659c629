"""Write the files of an image into a folder, and nowhere else.

The tree says which files of all layers remain, so every file is written once, into a directory that
was created here: a path never leads through a link. Everything is in a folder that only this user
may enter, until it is complete and gets its name.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections import defaultdict

from pyggcr import limits
from pyggcr._dataclasses import dataclass
from pyggcr._layers.layer_entries import read_entries
from pyggcr._os.file import path_error
from pyggcr.errors import ArchiveError, Error, FileAccessError
from pyggcr.rootfs import tree
from pyggcr.rootfs.tree import File, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr import v1
    from pyggcr._gostd.tar import Reader

__all__ = ["Extraction", "Skipped", "extract"]

_CHUNK = 1 << 20
_SET_ID = 0o6000
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not written, or only partly.

    Attributes:
        path: its path in the image.
        reason: the reason, in words.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """The result of an extraction.

    Attributes:
        files: the number of files, directories and links.
        size: bytes of content.
        skipped: files that were left out, and attributes that could not be set.
    """

    files: int
    size: int
    skipped: tuple[Skipped, ...]


def extract(
    layers: list[v1.Layer],
    where: str,
    root: Node,
    folder: str | os.PathLike[str],
    *,
    owners: bool | None,
) -> Extraction:
    """Write what is below a directory, as ``FileSystem.extract`` does.

    Args:
        layers: the layers of the image.
        where: the path of the directory in the image.
        root: its node in the tree.
        folder: the target, which must not exist or be empty.
        owners: whether to set owners; ``None`` to do so as root.

    Returns:
        What was written, and what was left out.

    Raises:
        FileAccessError: the folder exists and is not empty, or cannot be written.
        Error: a layer cannot be read; the subclass says why.
    """
    target = os.path.abspath(os.fspath(folder))
    _check_target(target)
    parent = os.path.dirname(target)
    try:
        made = tempfile.mkdtemp(prefix=".pyggcr-", dir=parent)
    except OSError as error:
        raise path_error("mkdir", target, error) from None
    try:
        if owners is None:
            owners = os.geteuid() == 0
        writing = _Writing(made, where, owners=owners)
        result = writing.run(layers, root)
        try:
            os.rename(made, target)  # over an empty folder too
        except OSError as error:
            raise path_error("rename", target, error) from None
    except BaseException:
        _remove(made)
        raise
    return result


def _check_target(target: str) -> None:
    try:
        names = os.listdir(target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise path_error("open", target, error) from None
    if os.path.islink(target):
        raise FileAccessError(f"open {target}: is a symbolic link")
    if names:
        raise FileAccessError(f"open {target}: the folder is not empty")


def _remove(folder: str) -> None:
    """Remove what was written; a directory of the image may forbid that."""
    for path, names, _ in os.walk(folder):
        for name in names:
            below = os.path.join(path, name)
            if not os.path.islink(below):
                with contextlib.suppress(OSError):
                    os.chmod(below, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


class _Writing:
    """One extraction into a folder that is empty."""

    def __init__(self, folder: str, where: str, *, owners: bool) -> None:
        self._folder = os.fsencode(folder)
        self._where = where
        self._owners = owners
        self._files = 0
        self._size = 0
        self._skipped: list[Skipped] = []

    def run(self, layers: list[v1.Layer], root: Node) -> Extraction:
        """Write all files, links and directories, and give each its attributes."""
        directories = [root.file or File(self._where or ".", "directory")]
        links: list[File] = []
        # By layer and entry: the file and the hard links to it.
        contents: defaultdict[int, defaultdict[int, list[File]]]
        contents = defaultdict(lambda: defaultdict(list))
        for path, node in tree.walk(root, self._where):
            file = node.file or File(path, "directory")
            if node.children is not None:
                self._make_directory(path)
                directories.append(file)
            elif file.type in ("file", "hardlink"):
                layer, place = file.content
                if place < 0:
                    reason = f"a hard link to {file.target}, which is not there"
                    self._skipped.append(Skipped(path, reason))
                else:
                    contents[layer][place].append(file)
            elif file.type == "symlink":
                links.append(file)
            else:
                self._skipped.append(Skipped(path, f"a {file.type}"))
        for index, wanted in contents.items():
            self._write_files(layers[index], wanted)
        for file in links:
            with _told("symlink", file):
                os.symlink(os.fsencode(file.target), self._path(file.path))
            self._set_attributes(file)
        # The deepest first: a directory may forbid that anything is made in it.
        for file in reversed(directories):
            self._set_attributes(file)
        self._files += len(links) + len(directories) - 1
        return Extraction(self._files, self._size, tuple(self._skipped))

    def _path(self, path: str) -> bytes:
        below = path[len(self._where) :].lstrip("/") if self._where else path
        return os.path.join(self._folder, os.fsencode(below))

    def _make_directory(self, path: str) -> None:
        limits.current().check()
        try:
            os.mkdir(self._path(path), 0o700)
        except OSError as error:
            raise path_error("mkdir", path, error) from None

    def _write_files(self, layer: v1.Layer, wanted: dict[int, list[File]]) -> None:
        with contextlib.closing(read_entries(layer)) as entries:
            left = len(wanted)
            for place, (_header, reader) in enumerate(entries):
                if place in wanted:
                    first, *others = wanted[place]
                    self._write_file(first, reader)
                    for other in others:
                        with _told("link", other):
                            os.link(self._path(first.path), self._path(other.path))
                    self._files += 1 + len(others)
                    left -= 1
        if left:
            raise ArchiveError("the layer has changed since it was listed")

    def _write_file(self, file: File, reader: Reader) -> None:
        with _told("open", file):
            descriptor = os.open(self._path(file.path), _NEW_FILE, 0o600)
            try:
                while piece := reader.read(_CHUNK):
                    limits.current().check()
                    self._size += len(piece)
                    view = memoryview(piece)
                    while view:
                        view = view[os.write(descriptor, view) :]
            finally:
                os.close(descriptor)
        self._set_attributes(file)

    def _set_attributes(self, file: File) -> None:
        where = self._path(file.path)
        is_link = file.type == "symlink"
        mode = file.mode
        with _told("chmod", file):
            if self._owners:
                os.chown(where, file.uid, file.gid, follow_symlinks=False)
            elif mode & _SET_ID and file.type in ("file", "hardlink"):
                # The rights of another owner would become those of this user.
                mode &= ~_SET_ID
                self._skipped.append(Skipped(file.path, "setuid or setgid bit"))
            for name, value in file.xattrs:
                self._set_xattr(file, where, name, value)
            if not is_link:
                os.chmod(where, mode)
            try:
                os.utime(where, (file.mtime, file.mtime), follow_symlinks=False)
            except OverflowError:
                self._skipped.append(Skipped(file.path, "a time that the system cannot set"))

    def _set_xattr(self, file: File, where: bytes, name: str, value: bytes) -> None:
        try:
            os.setxattr(where, os.fsencode(name), value, follow_symlinks=False)
        except (OSError, AttributeError, ValueError):
            self._skipped.append(Skipped(file.path, f"extended attribute {name}"))


@contextlib.contextmanager
def _told(operation: str, file: File) -> Iterator[None]:
    """Make an error of the system one that names the file of the image."""
    try:
        yield
    except OSError as error:
        if isinstance(error, Error):
            raise
        raise path_error(operation, file.path, error) from None
