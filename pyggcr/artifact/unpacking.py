"""Unpack the folders of artifacts, as far as that is safe.

Names must be inside the folder, and so must the targets of links, whatever other links there are: a
target may go up first, and then only down. Devices, pipes and the like are errors.
"""

from __future__ import annotations

import io

from pyggcr import limits
from pyggcr._gostd.stream import PieceStream
from pyggcr._gostd.tar import Reader
from pyggcr._layers.compression import peek_compression, unzip
from pyggcr._layers.hashing import HashingStream
from pyggcr.artifact.file import check_title
from pyggcr.errors import ArchiveError, ArtifactError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyggcr._gostd.tar import Header
    from pyggcr._os.staged_folder import StagedFolder

__all__ = ["Bounded", "unpack"]

_CHUNK = 1 << 18
_PERMISSIONS = 0o777

_REGULAR, _HARDLINK, _SYMLINK, _FOLDER, _PAX_GLOBAL = "0", "1", "2", "5", "g"


class Bounded(PieceStream):
    """A blob that must be as long as its descriptor says; it is not closed with this stream."""

    def __init__(self, stream: io.RawIOBase, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._size = size
        self._missing = size

    def _take(self, size: int) -> bytes:
        limits.current().check()
        # One byte more than is missing, so that a longer blob is found.
        data = self._stream.read(min(size, self._missing + 1)) or b""
        self._missing -= len(data)
        if self._missing < 0 or (not data and self._missing):
            raise ArtifactError(f"a blob does not have the {self._size} bytes that it should have")
        return data


def unpack(staged: StagedFolder, title: Sequence[str], blob: io.RawIOBase, digest: str) -> None:
    """Unpack the tar of a folder.

    Args:
        staged: takes the files.
        title: the names of the title, with which the names in the tar begin.
        blob: the tar, compressed or not; it is read to its end.
        digest: of the content; empty if it is not known.

    Raises:
        ArtifactError: something in it is not safe to write, or it has another digest.
        ArchiveError: it is damaged.
        CompressionError: it is damaged.
    """
    compression, peeked = peek_compression(blob)
    with unzip(compression, peeked, _cannot_reopen) as stream:
        content = HashingStream(stream)
        staged.folder(title, 0o755)
        reader = Reader(content)
        while (header := reader.next()) is not None:
            limits.current().check()
            _write(staged, tuple(title), header, reader)
        # The end of the blob is compared with its digest.
        while content.read(_CHUNK):
            limits.current().check()
    if digest and digest != str(content.counted.hash()):
        raise ArtifactError(f"{'/'.join(title)}: the content is not {digest}")


def _cannot_reopen() -> io.RawIOBase:
    raise ArchiveError("the folder's archive is damaged")


def _write(staged: StagedFolder, title: tuple[str, ...], header: Header, reader: Reader) -> None:
    kind = header.typeflag
    if kind == _PAX_GLOBAL:
        return
    path = check_title(header.name)
    if path[: len(title)] != title:
        raise ArtifactError(f"{header.name!r} is not in the folder {'/'.join(title)!r}")
    if kind == _FOLDER:
        staged.folder(path, header.mode & _PERMISSIONS)
    elif path == title:
        raise ArtifactError(f"{header.name!r} is packed as a folder, and is none")
    elif kind == _SYMLINK:
        _check_target(title, path, header.linkname)
        staged.symlink(path, header.linkname)
    elif kind == _HARDLINK:
        target = check_title(header.linkname)
        if target[: len(title)] != title:
            raise ArtifactError(f"{header.name!r} is a link out of the folder")
        staged.hardlink(path, target)
    elif kind == _REGULAR:
        with staged.file(path, header.mode & _PERMISSIONS) as written:
            while piece := reader.read(_CHUNK):
                limits.current().check()
                written.write(piece)
    else:
        raise ArtifactError(f"{header.name!r} is neither a file nor a folder nor a link")


def _check_target(title: tuple[str, ...], path: tuple[str, ...], target: str) -> None:
    """See that a symbolic link stays in the folder, whatever links there are on its way."""
    parts = [part for part in target.split("/") if part not in ("", ".")]
    up = 0
    while up < len(parts) and parts[up] == "..":
        up += 1
    if (
        not target
        or target.startswith("/")
        or "\0" in target
        or ".." in parts[up:]
        or up > len(path) - 1 - len(title)
    ):
        raise ArtifactError(f"{'/'.join(path)!r} is a link out of the folder: {target!r}")
