"""Writes archives entry by entry: several entries at once into a file, one by one into a stream."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from typing import BinaryIO, TypeAlias

from pyggcr._gostd.tar.entry import Entry
from pyggcr._gostd.tar.writer import END
from pyggcr._layers.task_group import TaskGroup
from pyggcr._os.atomic_write import AtomicFile, Writable, atomic_write, is_replaceable, writable

__all__ = ["JOBS", "Target", "write_archive", "write_stream"]

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"

# How many blobs are on their way at once: as many as pkg/v1/remote fetches.
JOBS = 4

_SMALL = 1 << 16  # bytes; what is not larger is not worth a thread


def write_archive(entries: Iterable[Entry], target: Target) -> None:
    """Write an archive; a file is renamed into place once it is complete.

    Raises:
        ArchiveError: the content of an entry is longer or shorter than it was said to be.
        FileAccessError: the file cannot be written.
    """
    if not isinstance(target, (str, os.PathLike)):
        write_stream(entries, target)
    elif is_replaceable(target):
        with atomic_write(target) as file:
            _write_file(entries, file)
    else:  # a pipe, a terminal
        with writable(target) as stream:
            write_stream(entries, stream)


def write_stream(entries: Iterable[Entry], stream: Writable) -> None:
    """Write an archive to a stream, entry after entry.

    Raises:
        ArchiveError: as for ``write_archive``.
    """
    for entry in entries:
        for piece in entry.pieces():
            stream.write(piece)
    stream.write(END)


def _write_file(entries: Iterable[Entry], file: AtomicFile) -> None:
    position = 0
    with TaskGroup(JOBS) as group:
        for entry in entries:
            write = functools.partial(_write_entry, entry, file, position)
            if entry.anywhere and entry.size > _SMALL:
                group.start(write)
            else:
                write()
            position += entry.length()
        group.finish()
    file.write_at(END, position)


def _write_entry(entry: Entry, file: AtomicFile, position: int) -> None:
    for piece in entry.pieces():
        file.write_at(piece, position)
        position += len(piece)
