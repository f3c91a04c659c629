"""Writes archives entry by entry: several entries at once into a file, one by one into a stream."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable

from pyggcr._gostd.tar.entry import Entry
from pyggcr._gostd.tar.header import END
from pyggcr._layers.task_group import TaskGroup
from pyggcr._os.atomic_write import AtomicFile, Writable, atomic_write, is_replaceable, writable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, TypeAlias


__all__ = ["JOBS", "Target", "write_archive", "write_stream"]

# Takes a piece, and where it belongs in the file.
_WriteAt: TypeAlias = Callable[[bytes, int], None]

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"

# How many blobs are on their way at once: as many as pkg/v1/remote fetches.
JOBS = 4

_SMALL = 1 << 16  # bytes; what is not larger is not worth a thread


def write_archive(
    entries: Iterable[Entry], target: Target, wrote: Callable[[int], None] | None = None
) -> None:
    """Write an archive; a file is renamed into place once it is complete.

    Args:
        entries: its files, in order.
        target: a path, or a stream that need not seek.
        wrote: told of each piece how many bytes it had; by several threads, one at a time.

    Raises:
        ArchiveError: the content of an entry is longer or shorter than it was said to be.
        FileAccessError: the file cannot be written.
    """
    if not isinstance(target, (str, os.PathLike)):
        write_stream(entries, target, wrote)
    elif is_replaceable(target):
        with atomic_write(target) as file:
            _write_file(entries, _told(file, wrote))
    else:  # a pipe, a terminal
        with writable(target) as stream:
            write_stream(entries, stream, wrote)


def write_stream(
    entries: Iterable[Entry], stream: Writable, wrote: Callable[[int], None] | None = None
) -> None:
    """Write an archive to a stream, entry after entry.

    Raises:
        ArchiveError: as for ``write_archive``.
    """
    for entry in entries:
        for piece in entry.pieces():
            stream.write(piece)
            if wrote is not None and piece:
                wrote(len(piece))
    stream.write(END)
    if wrote is not None:
        wrote(len(END))


def _told(file: AtomicFile, wrote: Callable[[int], None] | None) -> _WriteAt:
    """How to write into the file, and tell of it."""
    if wrote is None:
        return file.write_at
    lock = threading.Lock()

    def write(piece: bytes, position: int) -> None:
        file.write_at(piece, position)
        with lock:
            wrote(len(piece))

    return write


def _write_file(entries: Iterable[Entry], write_at: _WriteAt) -> None:
    position = 0
    with TaskGroup(JOBS) as group:
        for entry in entries:
            write = functools.partial(_write_entry, entry, write_at, position)
            if entry.anywhere and entry.size > _SMALL:
                group.start(write)
            else:
                write()
            position += entry.length()
        group.finish()
    write_at(END, position)


def _write_entry(entry: Entry, write_at: _WriteAt, position: int) -> None:
    for piece in entry.pieces():
        write_at(piece, position)
        position += len(piece)
