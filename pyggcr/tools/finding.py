"""Find executables that embed go-containerregistry in files, folders and images."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyggcr import limits, v1
from pyggcr._gostd import buildinfo
from pyggcr.errors import BuildInfoError, FileAccessError
from pyggcr.rootfs import FileSystem
from pyggcr.tools.asked import read_build_info, tool_of_build
from pyggcr.tools.tool import Tool

__all__ = ["find_in_image", "find_tools", "is_executable"]

_LEAST = 64 << 10  # bytes; no executable of Go is as small
_MOST = 4 << 30
_COPIED = 1 << 20  # bytes at once
# ELF; PE; Mach-O in both orders, and for several processors; XCOFF; Plan 9.
_MAGICS = (
    *(b"\x7fELF", b"MZ", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
    *(b"\xca\xfe\xba\xbe", b"\x01\xdf", b"\x01\xf7", b"\0\0\x01\xeb", b"\0\0\x06\x47"),
    b"\0\0\x8a\x97",
)


def find_tools(places: Iterable[str | os.PathLike[str]], failed: list[str]) -> list[Tool]:
    """Find the tools in files and folders.

    Args:
        places: executables; or folders, which are searched completely. Links to folders are not
            followed, and a file with several links is read once.
        failed: a list to which the reason is added for each place or folder that cannot be read.

    Returns:
        The tools.

    Raises:
        CancelledError: the call was cancelled, or took longer than its timeout.
    """
    found: list[Tool] = []
    seen: set[tuple[int, int]] = set()
    for place in places:
        for path in _files(os.fsdecode(place), failed):
            limits.current().check()
            try:
                known = Path(path).stat()
                if (known.st_dev, known.st_ino) in seen or not is_executable(path):
                    continue
                seen.add((known.st_dev, known.st_ino))
                tool = tool_of_build(read_build_info(path), path)
            except BuildInfoError:
                continue
            except (FileAccessError, OSError) as error:
                failed.append(str(error))
                continue
            if tool is not None:
                found.append(tool)
    return found


def _files(place: str, failed: list[str]) -> Iterator[str]:
    if not os.path.isdir(place):  # noqa: PTH112
        yield place
        return
    for folder, folders, names in os.walk(place, onerror=lambda it: failed.append(str(it))):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(names))  # noqa: PTH118


def is_executable(path: str) -> bool:
    """Tell whether a regular file begins as an executable does.

    Args:
        path: the path of the file.

    Returns:
        False for anything that is not a regular file, or that may not be read.

    Raises:
        OSError: the file cannot be read for another reason.
    """
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return False
        with Path(path).open("rb") as file:
            return file.read(4).startswith(_MAGICS)
    except PermissionError:
        return False


def find_in_image(image: v1.Image, place: str) -> list[Tool]:
    """Find the tools in the files of an image.

    Args:
        image: the image, whose layers are read.
        place: the name of the image, which is shown with the tool's path in the image.

    Returns:
        The tools.

    Raises:
        Error: the image cannot be read; the subclass says why.
    """
    files = FileSystem(image)
    found: list[Tool] = []
    for file in files.walk():
        limits.current().check()
        if file.type != "file" or not _LEAST <= file.size <= _MOST:
            continue
        with files.open(f"/{file.path}") as stream:
            start = stream.read(4)
            if not start.startswith(_MAGICS):
                continue
            # The build information is anywhere in it, and a stream cannot seek.
            with tempfile.TemporaryFile() as copy:
                copy.write(start)
                shutil.copyfileobj(stream, copy, _COPIED)
                try:
                    tool = tool_of_build(buildinfo.read(copy), f"{place}:/{file.path}")
                except BuildInfoError:
                    continue
        if tool is not None:
            found.append(tool)
    return found
