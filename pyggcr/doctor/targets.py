"""Which archives a target stands for: itself, or those in a folder.

A folder with the ``oci-layout``, ``index.json`` or ``manifest.json`` of images is one archive; any
other is searched for such folders and for tar files. Links to folders are not followed. A folder
that cannot be looked into stands for itself: who opens it learns why.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["archives_of"]

# Files of a layout, and what is in them; others have a manifest.json or an index.json too.
_MARKS = {
    "oci-layout": b"imageLayoutVersion",
    "index.json": b'"manifests"',
    "manifest.json": b'"Layers"',
}
_MARK_SIZE = 1 << 20
_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst")
_MAGIC = b"ustar"
_MAGIC_OFFSET = 257  # in the header of a tar's first entry


def archives_of(target: str) -> list[str]:
    """The archives of a target, sorted; the target itself if it is a file or is not there."""
    if not Path(target).is_dir() or _is_layout(target, os.listdir(target)):  # noqa: PTH208
        return [target]
    return sorted(_search(target))


def _search(folder: str) -> Iterator[str]:
    # Not os.walk: it passes over what it cannot read, and before Python 3.12 it recurses.
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = list(found)
        except (FileNotFoundError, NotADirectoryError):
            continue  # it has gone meanwhile
        except OSError:
            yield folder
            continue
        files = [entry for entry in entries if not _is_folder(entry)]
        if _is_layout(folder, [entry.name for entry in files]):
            yield folder
            continue
        waiting += [e.path for e in entries if _is_folder(e) and not e.is_symlink()]
        yield from (entry.path for entry in files if _is_archive(entry.path))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_layout(folder: str, names: list[str]) -> bool:
    return any(
        name in names and word in _beginning(Path(folder) / name, _MARK_SIZE)
        for name, word in _MARKS.items()
    )


def _is_archive(path: str) -> bool:
    """Whether a file is a tar by its name or by its first bytes."""
    if path.lower().endswith(_SUFFIXES):
        return True
    return _beginning(Path(path), _MAGIC_OFFSET + len(_MAGIC))[_MAGIC_OFFSET:] == _MAGIC


def _beginning(path: Path, size: int) -> bytes:
    """The first bytes of a file; none if it is no file or cannot be read."""
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(size)
    except (OSError, ValueError):
        return b""
