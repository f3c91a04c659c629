"""The file that a repair writes: a tar whose blobs are named once they are written.

What the entries mean is of no interest here.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from pyggcr._gostd.tar.header import BLOCK_SIZE
from pyggcr._os.atomic_write import AtomicFile, atomic_write
from pyggcr._os.file import path_error
from pyggcr.errors import ArchiveError
from pyggcr.store.media import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["NewTar", "new_tar"]

_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_FILE, _FOLDER = b"0", b"5"
_MAX_OCTAL = 0o77777777777  # what eleven digits hold; larger sizes are written as GNU does
_NAME_SIZE = 100


class NewTar:
    """Writes entries, one after the other; the same entries are always the same bytes."""

    def __init__(self, file: AtomicFile) -> None:
        self._file = file
        self._position = 0
        self._names: set[str] = set()

    def add_folder(self, name: str) -> None:
        """Add an entry for a folder; its name ends in a slash."""
        self._write(_header(name, 0, _FOLDER, _FOLDER_MODE))

    def add(self, name: str, content: bytes) -> None:
        """Add a file whose content is at hand, unless there is one of that name."""
        with self.entry() as entry:
            entry.write(content)
            entry.name = name

    @contextlib.contextmanager
    def entry(self) -> Iterator[NewEntry]:
        """Add a file that is named at the end of the ``with`` block.

        If there is one of that name, which is to say, of the same content, it is left out.
        """
        start = self._position
        self._position += BLOCK_SIZE
        entry = NewEntry(self._write)
        yield entry
        if entry.name in self._names:
            self._position = start  # what follows is written over it
            return
        self._names.add(entry.name)
        self._write(bytes(-entry.size % BLOCK_SIZE))
        end, self._position = self._position, start
        self._write(_header(entry.name, entry.size, _FILE, _FILE_MODE))
        self._position = end

    def finish(self) -> None:
        """End the archive and see it safely on the disk."""
        self._write(bytes(2 * BLOCK_SIZE))
        self._file.truncate(self._position)
        self._file.sync()

    def _write(self, data: bytes) -> None:
        self._file.write_at(data, self._position)
        self._position += len(data)


class NewEntry:
    """A file that is being written.

    Attributes:
        name: to be set before the end.
        size: bytes written so far.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self.name = ""
        self.size: int = 0

    def write(self, data: bytes) -> None:
        """Write the next piece."""
        self._write(data)
        self.size += len(data)


def _header(name: str, size: int, kind: bytes, mode: int) -> bytes:
    """A header block without time or owner (USTAR; GNU's where the size needs it)."""
    text = name.encode("ascii")
    if len(text) > _NAME_SIZE:
        raise ValueError(f"a name of an archive that is repaired is short: {name}")
    if size <= _MAX_OCTAL:
        length, magic = b"%011o\0" % size, b"ustar\x0000"
    else:
        length, magic = b"\x80" + size.to_bytes(11, "big"), b"ustar  \0"
    before = text.ljust(_NAME_SIZE, b"\0") + b"%07o\0%07o\0%07o\0" % (mode, 0, 0) + length
    before += b"%011o\0" % 0
    after = (kind + bytes(100) + magic + bytes(64) + b"%07o\0%07o\0" % (0, 0)).ljust(356, b"\0")
    checksum = sum(before) + sum(after) + 8 * ord(" ")
    return before + b"%06o\0 " % checksum + after


@contextlib.contextmanager
def new_tar(target: str) -> Iterator[NewTar]:
    """A new archive, in place of what is at the path once the ``with`` block is left in peace.

    Raises:
        ArchiveError: there is something at the path that is no file.
        FileAccessError: the system refuses; in this case too nothing is left behind.
    """
    _check_kind(target)
    with atomic_write(target) as file:
        tar = NewTar(file)
        yield tar
        tar.finish()
    _sync(os.path.dirname(os.path.realpath(target)))  # noqa: PTH120


def _check_kind(target: str) -> None:
    """Refuse to replace what is no file."""
    try:
        found = os.stat(target)  # noqa: PTH116
    except (FileNotFoundError, ValueError):  # to be made, or told by whoever makes it
        return
    except OSError as error:
        raise path_error("create", target, error) from None
    kind = kind_of(found.st_mode)
    if kind != "file":
        raise ArchiveError(f"{target} is a {kind}, not a file")


def _sync(folder: str) -> None:
    """See the new name safely on the disk, where the system lets us.

    It does not if the folder may be written and not read, and some file systems cannot; the
    archive is in its place all the same.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
