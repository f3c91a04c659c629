"""Files that every machine has: those below /usr that its packages brought, in sorted order.

Which they are differs from machine to machine; on one machine it is always the same ones, and every
peer gets the same.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SystemFile", "even_sample", "system_files", "take"]

SYSTEM = Path("/usr")
# What did not come with the system, and what interpreters write while they run.
_LEFT_OUT = {"local", "src", "__pycache__"}
# A file larger than this would be a corpus of its own.
_LARGEST = 32 << 20
# What the name field of a ustar header holds: longer names would need headers of their own.
_LONGEST_NAME = 100


@dataclass(frozen=True, order=True)
class SystemFile:
    """A regular file: its name, relative to the root and with slashes, and its size in bytes."""

    name: str
    size: int
    path: Path

    def read(self) -> bytes:
        """The content; what is missing to the size is zeros, and what is more is left out."""
        return self.path.read_bytes()[: self.size].ljust(self.size, b"\0")


@functools.cache
def system_files(root: Path = SYSTEM) -> list[SystemFile]:
    """All regular files that can be read and have content, sorted by name."""
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[SystemFile]:
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in _LEFT_OUT]
        for name in names:
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file() or not os.access(path, os.R_OK):
                continue
            entry = f"{root.name}/{path.relative_to(root).as_posix()}"
            size = path.stat().st_size
            if 0 < size <= _LARGEST and len(os.fsencode(entry)) <= _LONGEST_NAME:
                yield SystemFile(entry, size, path)


def even_sample(files: list[SystemFile], wanted: int) -> list[SystemFile]:
    """Files of about ``wanted`` bytes in all, taken evenly from the whole list, in its order.

    Where the list has less, it is taken again under other names until there is enough.
    """
    there = sum(file.size for file in files)
    if not there:
        raise ValueError("there are no files to make a corpus of")
    again = -(-wanted // there)
    repeated = [
        file if number == 0 else SystemFile(f"{number}/{file.name}", file.size, file.path)
        for number in range(again)
        for file in files
    ]
    share = wanted / (there * again)
    chosen, passed, taken = [], 0, 0
    for file in repeated:
        passed += file.size
        if taken + file.size / 2 <= passed * share:
            chosen.append(file)
            taken += file.size
    return chosen


def take(files: list[SystemFile], wanted: int, keep: Callable[[bytes], bool]) -> bytes:
    """The content of files that ``keep`` likes, one after the other, ``wanted`` bytes in all.

    Where that is too little, it is repeated.
    """
    parts, size = [], 0
    for file in files:
        data = file.read()
        if keep(data):
            parts.append(data)
            size += len(data)
        if size >= wanted:
            break
    whole = b"".join(parts)
    if not whole:
        raise ValueError("no file is of this kind")
    return (whole * -(-wanted // len(whole)))[:wanted]
