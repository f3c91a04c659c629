"""Whether a file can be a layer: a tar whose entries stay inside the image.

crane takes anything. Tools that unpack the image then fail, or write where they should not.
"""

from __future__ import annotations

import io
import os

from pyggcr import limits
from pyggcr._gostd import path
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Header, Reader
from pyggcr._layers.compression import peek_compression, unzip
from pyggcr.cli.output import write_warning
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["check_layer"]

_DEVICES = "34"
_DIRECTORY = "5"
_HARD_LINK = "1"


def check_layer(file: str) -> None:
    """Read the headers of a tar.

    What is no regular file cannot be read twice, and is not looked at. Entries that are there twice
    and devices are legal, and told.

    Raises:
        ArchiveError: the file is no tar, or an entry of it leads out of the image.
    """
    if not os.path.isfile(file):  # noqa: PTH113
        return
    with _CountedFile(file) as raw:
        compression, peeked = peek_compression(raw)
        stream: io.RawIOBase = peeked
        if compression == "none":
            raw.seek(0)  # the file itself can seek over what is in it
            stream = raw
        seen: set[str] = set()
        with unzip(compression, stream, lambda: _reopened(file)) as content:
            reader = Reader(content)
            while (header := _next(reader, file)) is not None:
                _check(header, file, seen)


class _CountedFile(io.FileIO):
    """A file whose reads the limits in force know of."""

    def read(self, size: int | None = -1, /) -> bytes:
        offset = self.tell()
        data = super().read(-1 if size is None else size) or b""
        limits.current().advance_at(self.name, offset, len(data))
        return data

    def readinto(self, buffer: Buffer, /) -> int:
        offset = self.tell()
        count = super().readinto(buffer) or 0
        limits.current().advance_at(self.name, offset, count)
        return count


def _reopened(file: str) -> io.RawIOBase:
    return _CountedFile(file)


def _next(reader: Reader, file: str) -> Header | None:
    try:
        return reader.next()
    except ArchiveError as error:
        raise ArchiveError(f"{file} {_what(file)}, so it cannot be a layer: {error}") from error


def _what(file: str) -> str:
    """What a file is that is no tar."""
    from pyggcr.store.recognition import LOOKED_AT, kind_of_file
    from pyggcr.store.unpacking import compression_of

    with open(file, "rb", buffering=0) as raw:  # noqa: PTH123
        beginning = raw.read(LOOKED_AT)
    kind = None
    if compression_of(beginning) is None:
        kind = kind_of_file(beginning, os.path.getsize(file))  # noqa: PTH202
    return "is no tar" if kind is None else f"is {kind}, no tar"


def _check(header: Header, file: str, seen: set[str]) -> None:
    if header.typeflag in "xg":
        return
    name = header.name
    if _leaves(name):
        raise ArchiveError(f"{file}: the entry {quote(name)} leads out of the image")
    if header.typeflag == _HARD_LINK and _leaves(header.linkname):
        raise ArchiveError(
            f"{file}: the hard link {quote(name)} to {quote(header.linkname)} leads out of the "
            "image"
        )
    if name.startswith("/"):
        write_warning(f"{file}: the entry {quote(name)} has an absolute name")
    if header.typeflag in _DEVICES:
        write_warning(f"{file}: the entry {quote(name)} is a device")
    clean = path.clean(name)
    if clean in seen and header.typeflag != _DIRECTORY:
        write_warning(f"{file}: the entry {quote(name)} is there twice; the last one counts")
    seen.add(clean)


def _leaves(name: str) -> bool:
    clean = path.clean(name.lstrip("/"))
    return clean == ".." or clean.startswith("../")
