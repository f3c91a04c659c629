"""Named files in a folder, in a tar, or in a tar that is compressed as a whole.

Links are followed: in a tar as go-containerregistry does it, in a folder as long as they stay
inside it. Nothing here knows of images.
"""

from __future__ import annotations

import abc
import contextlib
import errno
import io
import os
import stat
from collections import deque
from collections.abc import Iterator

from pyggcr._gostd.tar.header import BLOCK_SIZE, parse_header
from pyggcr._layers.archive import Archive
from pyggcr._layers.documents import read_document
from pyggcr._layers.entries import Entry, EntryTable
from pyggcr._layers.source import LimitedFile, PathSource, ReaderStream, SourceStream
from pyggcr._layers.unnamed_file import UnnamedFile
from pyggcr._os.closeable import Closeable
from pyggcr._os.file import path_error
from pyggcr.errors import (
    ArchiveError,
    ClosedError,
    Error,
    JSONError,
    LinkCycleError,
    MissingFileError,
    TruncatedError,
)
from pyggcr.store.media import kind_of, open_regular
from pyggcr.store.unpacking import compression_of, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast

    from pyggcr._layers.entries import Kind
    from pyggcr._layers.source import Source
else:
    from pyggcr._typing import cast

__all__ = ["Files", "FolderFiles", "TarFiles", "explaining", "open_files", "tar_files"]

_MAX_LINKS = 40  # on the way to one file of a folder; Linux has the same limit
_READ_SIZE = 1 << 20

# What the system says of a name that others removed, or put something else in place of.
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.EINVAL)


class Files(Closeable, abc.ABC):
    """Files by name. ``close`` is idempotent; streams that are open then stay open.

    Attributes:
        anywhere: whether any thread may read them.
        is_far: whether each file is a request to another machine.
    """

    anywhere = True
    is_far = False
    _closed = False

    @abc.abstractmethod
    def entries(self) -> EntryTable:
        """All entries in order, links as links, a name as often as it is there.

        Raises:
            ArchiveError: the tar is damaged.
            FileAccessError: it cannot be read.
        """

    @abc.abstractmethod
    def open(self, name: str) -> io.RawIOBase:
        """The content of a file, of the one that it links to if it is a link.

        Raises:
            MissingFileError: there is none of that name.
            LinkCycleError: the links lead back to themselves.
            ArchiveError: the tar is damaged before the file; a link leads out of the folder.
            FileAccessError: it cannot be read.
        """

    def list_all(self) -> None:
        """See to it that ``entries`` has every file, also of files that are far."""

    def explained(self, error: Error) -> Error:
        """An error of these files with the reason for it, as far as that is known."""
        return error

    def why_no_images(self) -> str:
        """Why there is no image among the files, and what to do."""
        from pyggcr.store.recognition import why_no_images

        return why_no_images(entry.name for entry in self.entries())

    def read(self, name: str, limit: int) -> bytes:
        """The content of a small file.

        Args:
            name: as for ``open``.
            limit: the size in bytes that it may have.

        Raises:
            ArchiveError: it is larger; and as ``open``.
        """
        with self.open(name) as stream:
            return read_document(stream, name, limit)

    def close(self) -> None:
        """Refuse further work. Idempotent."""
        self._closed = True

    def check_open(self) -> None:
        """Raise ``ClosedError`` after ``close``."""
        if self._closed:
            raise ClosedError("archive already closed")


@contextlib.contextmanager
def explaining(files: Files) -> Iterator[None]:
    """Give the errors of damaged files their reason; see ``Files.explained``."""
    try:
        yield
    except (ArchiveError, JSONError) as error:
        raise files.explained(error) from error


class TarFiles(Files):
    """The files in a tar; of those that have one name, the first is meant, as in Go.

    Attributes:
        compression: how the tar was compressed as a whole, if it was.
        beginning: the first bytes of the compressed file, as many as the header of a tar has.
    """

    def __init__(
        self,
        source: PathSource | UnnamedFile,
        compression: str | None = None,
        beginning: bytes = b"",
    ) -> None:
        self._source = source
        self.compression = compression
        self.beginning = beginning
        self.anywhere: bool = source.anywhere
        self._archive = Archive(source)

    @property
    def path(self) -> str:
        """What the tar can be opened as, uncompressed, until ``close``."""
        return self._source.path

    def explained(self, error: Error) -> Error:
        """An error of a damaged tar with the reason for it; see ``Files.explained``."""
        from pyggcr.store.recognition import why_broken

        if type(error) not in (ArchiveError, TruncatedError, JSONError) or self._closed:
            return error
        reason = why_broken(self._source)
        return error if reason is None else type(error)(f"{error.message}: {reason}")

    def why_no_images(self) -> str:
        """Why there is no image in it; see ``Files.why_no_images``."""
        from pyggcr.store.recognition import second_archive, why_no_images

        names = (entry.name for entry in self.entries())
        return why_no_images(names, second_archive(self._source), in_folder=False)

    def entries(self) -> EntryTable:
        """All entries, as written; see ``Files.entries``."""
        self.check_open()
        return self._archive.entries()

    def open(self, name: str) -> io.RawIOBase:
        """The content of an entry; see ``Files.open``."""
        self.check_open()
        return self._archive.open(name)

    def close(self) -> None:
        """Let go of the archive. Idempotent."""
        super().close()
        if isinstance(self._source, UnnamedFile):
            self._source.close()


class FolderFiles(Files):
    """The files below a folder, which is never left: links that lead out of it are refused.

    Attributes:
        folder: where it is.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def entries(self) -> EntryTable:
        """All entries, a folder before what is in it, each sorted by name."""
        self.check_open()
        return EntryTable(self._walk(""))

    def _walk(self, below: str) -> Iterator[Entry]:
        waiting = [below]
        while waiting:
            place = waiting.pop()
            folders = []
            for name, found in self._list(place):
                entry = self._entry(f"{place}{name}", found)
                if entry is None:
                    continue
                yield entry
                if entry.kind == "folder":
                    folders.append(f"{entry.name}/")
            waiting += reversed(folders)

    def _list(self, place: str) -> list[tuple[str, os.stat_result]]:
        """What is in a folder; nothing if it has gone since it was seen."""
        shown = os.path.join(self.folder, place)  # noqa: PTH118  (names may be any bytes)
        try:
            with os.scandir(shown) as found:
                return sorted(_still_there(found))
        except OSError as error:
            if place and error.errno in _GONE:
                return []
            raise path_error("open", shown, error) from None

    def _entry(self, name: str, found: os.stat_result) -> Entry | None:
        """The entry; ``None`` for a link that has gone since it was seen."""
        kind = kind_of(found.st_mode)
        if kind == "symlink":
            shown = os.path.join(self.folder, name)  # noqa: PTH118
            try:
                return Entry(name, "symlink", 0, os.readlink(shown))  # noqa: PTH115
            except OSError as error:
                if error.errno in _GONE:
                    return None
                raise path_error("readlink", shown, error) from None
        if kind in ("file", "folder"):
            size = found.st_size if kind == "file" else 0
            return Entry(name, cast("Kind", kind), size, "")
        return Entry(name, "other", 0, "")

    def open(self, name: str) -> io.RawIOBase:
        """The content of a file; see ``Files.open``."""
        self.check_open()
        shown = f"{self.folder}/{name}"
        return ReaderStream(LimitedFile(shown, _Way(self.folder, name).walk()))


def _still_there(found: Iterator[os.DirEntry[str]]) -> Iterator[tuple[str, os.stat_result]]:
    """Names and facts, but of what has gone since it was listed."""
    for item in found:
        with contextlib.suppress(FileNotFoundError):
            yield item.name, item.stat(follow_symlinks=False)


class _Way:
    """The way from a folder to a file below it, one name after the other, links followed by hand.

    The system would follow a link out of the folder too, also one that was put there just now.
    """

    def __init__(self, folder: str, name: str) -> None:
        self._name = name
        self._shown = f"{folder}/{name}"
        self._links = 0
        try:
            self._folders = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
        except (OSError, ValueError) as error:
            raise path_error("open", folder, error) from None

    def walk(self) -> int:
        """A descriptor of the file."""
        try:
            return self._walk()
        except (OSError, ValueError) as error:
            if isinstance(error, Error):
                raise
            raise path_error("open", self._shown, error) from None
        finally:
            for descriptor in self._folders:
                os.close(descriptor)

    def _walk(self) -> int:
        ahead = deque(self._parts(self._name))
        while ahead:
            part = ahead.popleft()
            if part == "..":
                self._go_up()
                continue
            found = self._look_at(part)
            if stat.S_ISLNK(found.st_mode):
                ahead.extendleft(reversed(self._follow(part)))
            elif stat.S_ISDIR(found.st_mode):
                self._go_into(part)
            elif ahead:
                raise self._missing()
            else:
                return open_regular(part, self._shown, self._folders[-1])
        raise ArchiveError(f"{self._shown} is a folder, not a file")

    def _parts(self, path: str) -> list[str]:
        if path.startswith("/"):
            raise self._escape()
        return [part for part in path.split("/") if part not in ("", ".")]

    def _look_at(self, part: str) -> os.stat_result:
        try:
            return os.stat(part, dir_fd=self._folders[-1], follow_symlinks=False)
        except (FileNotFoundError, ValueError):  # with a NUL in it, there is none either
            raise self._missing() from None

    def _follow(self, link: str) -> list[str]:
        self._links += 1
        if self._links > _MAX_LINKS:
            raise LinkCycleError(f"link cycle detected for {self._name}")
        return self._parts(os.readlink(link, dir_fd=self._folders[-1]))

    def _go_into(self, part: str) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        self._folders.append(os.open(part, flags, dir_fd=self._folders[-1]))

    def _go_up(self) -> None:
        if len(self._folders) == 1:
            raise self._escape()
        os.close(self._folders.pop())

    def _missing(self) -> MissingFileError:
        return MissingFileError(f"file {self._name} not found in folder")

    def _escape(self) -> ArchiveError:
        return ArchiveError(f"{self._name} leads out of the folder")


def open_files(path: str | os.PathLike[str]) -> Files:
    """The files in a folder, or in a tar, which may be compressed by gzip, zstd, xz or bzip2.

    A compressed tar is unpacked, once, into a temporary file without a name.

    Raises:
        ArchiveError: the path is that of a pipe or a socket, say; what it has is no tar.
        CompressionError, TruncatedError: the compressed data is damaged, or not all there.
        FileAccessError: it cannot be read, or unpacked.
    """
    place = os.fsdecode(path)
    try:
        found = os.stat(place)  # noqa: PTH116  (any path, also one that is no text)
    except (OSError, ValueError) as error:
        raise path_error("open", place, error) from None
    if stat.S_ISDIR(found.st_mode):
        return FolderFiles(place)
    with contextlib.closing(LimitedFile(place, open_regular(place, place))):
        pass
    return tar_files(PathSource(place), place)


def tar_files(source: PathSource | UnnamedFile, shown: str) -> TarFiles:
    """The files in a tar, which may be compressed as a whole.

    Args:
        source: where its bytes are; it is closed if it is an ``UnnamedFile`` that is not needed.
        shown: what errors call it.

    Raises:
        ArchiveError: it is no tar.
        CompressionError, TruncatedError: the compressed data is damaged, or not all there.
        FileAccessError: it cannot be read, or unpacked.
    """
    beginning = _beginning(source, BLOCK_SIZE)
    compression = compression_of(beginning)
    try:
        if compression is not None:
            stream = SourceStream(source)
            tar = unpacked(compression, stream, lambda: SourceStream(source), shown)
            if isinstance(source, UnnamedFile):
                source.close()
            return TarFiles(tar, compression, beginning)
        if not _begins_as_tar(beginning):
            _refuse(source, shown)
    except BaseException:
        if isinstance(source, UnnamedFile):
            source.close()
        raise
    return TarFiles(source)


def _beginning(source: Source, size: int) -> bytes:
    with contextlib.closing(source.open()) as reader:
        return reader.read_at(0, size)


def _begins_as_tar(block: bytes) -> bool:
    try:
        return len(block) == BLOCK_SIZE and bool(parse_header(block))
    except ArchiveError:
        return False


def _refuse(source: Source, shown: str) -> None:
    """Raise if it is known what the file is that is no tar."""
    from pyggcr.store.recognition import LOOKED_AT, recognized

    with contextlib.closing(source.open()) as reader:
        beginning = reader.read_at(0, LOOKED_AT)
        found = recognized(beginning, len(beginning) + len(reader.read_at(len(beginning), 1 << 14)))
    if found is not None:
        raise ArchiveError(f"{shown} {found}")
