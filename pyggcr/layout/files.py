"""Read and write the files of a layout, with Go's modes and error texts.

The meaning of the files belongs to other modules.
"""

from __future__ import annotations

import contextlib
import os
import stat

from pyggcr._gostd import path
from pyggcr._layers.documents import read_document
from pyggcr._layers.source import LimitedFile, ReaderStream
from pyggcr._os import folder
from pyggcr._os.atomic_write import atomic_write
from pyggcr._os.file import path_error
from pyggcr.errors import Error, InvalidHashError, MissingPathError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = [
    "ALL",
    "blob_path",
    "is_file",
    "open_blob",
    "read",
    "read_blob",
    "remove",
    "write",
]

ALL = 0o777  # os.ModePerm, less what the umask takes away


def blob_path(layout: str, digest: v1.Hash) -> str:
    """Return the path of a blob (``Path.blobPath``).

    Args:
        layout: the folder of the layout.
        digest: the digest of the blob.

    Returns:
        The path, whether or not there is a blob.

    Raises:
        InvalidHashError: the digest is empty.
    """
    if not digest.hex:
        raise InvalidHashError("a blob without a digest has no place in a layout")
    return path.join(layout, "blobs", digest.algorithm, digest.hex)


def is_file(name: str, size: int | None) -> bool:
    """Tell whether there is a file, of a given size if that is known.

    Args:
        name: the path of the file.
        size: bytes; ``None`` for any size.

    Returns:
        False for a folder, and where nothing is.
    """
    try:
        found = os.stat(name)  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return not stat.S_ISDIR(found.st_mode) and size in (None, found.st_size)


def read(name: str) -> bytes:
    """Read a document (``os.ReadFile``).

    Args:
        name: the path of the file.

    Returns:
        Its bytes.

    Raises:
        FileAccessError: the file cannot be read.
        Error: the path is not a regular file (Go would wait for a pipe), or the document is too
            large.
    """
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise path_error("open", name, error) from None
    with ReaderStream(LimitedFile(name, descriptor)) as stream:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # reading a folder says what it is
            raise Error(f"{name} is not a regular file")
        return read_document(stream, name)


def read_blob(folder: str, digest: v1.Hash) -> bytes:
    """Read a blob that is a document.

    Args:
        folder: the folder of the layout.
        digest: the digest of the blob.

    Returns:
        Its bytes.

    Raises:
        FileAccessError: the blob is missing, or cannot be read.
        Error: the blob is too large; or it is a link or not a regular file.
    """
    with open_blob(folder, digest) as stream:
        return read_document(stream, blob_path(folder, digest))


def open_blob(folder: str, digest: v1.Hash) -> ReaderStream:
    """Open a blob, which must be a regular file (``Path.openBlob``).

    Args:
        folder: the folder of the layout.
        digest: the digest of the blob.

    Returns:
        A stream, which the caller has to close.

    Raises:
        FileAccessError: the blob is missing, or cannot be read.
        Error: the blob is a link or not a regular file, or was replaced while it was opened.
    """
    # Without a digest Go looks at the folder of all blobs.
    name = blob_path(folder, digest) if digest.hex else path.join(folder, "blobs")
    try:
        before = os.lstat(name)
    except (OSError, ValueError) as error:
        raise path_error("lstat", name, error) from None
    if stat.S_ISLNK(before.st_mode):
        raise Error(f"layout blob {digest} is a symlink")
    if not stat.S_ISREG(before.st_mode):
        raise Error(f"layout blob {digest} is not a regular file")
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise path_error("open", name, error) from None
    stream = ReaderStream(LimitedFile(name, descriptor))
    after = os.fstat(descriptor)
    if stat.S_ISREG(after.st_mode) and os.path.samestat(before, after):
        return stream
    stream.close()
    what = "changed while opening" if stat.S_ISREG(after.st_mode) else "is not a regular file"
    raise Error(f"layout blob {digest} {what}")


def write(name: str, content: bytes, mode: int) -> None:
    """Write a file (``os.WriteFile``), which is renamed into place once it is complete.

    Args:
        name: the path of the file.
        content: all of it.
        mode: permissions of a new file, less the umask; an existing file keeps its own.

    Raises:
        FileAccessError: the operating system refuses; a file that was there before is unchanged.
    """
    with atomic_write(name, new_mode=mode) as file:
        file.write(content)


def remove(name: str) -> None:
    """Delete a file or an empty folder (``os.Remove``), if it exists.

    Args:
        name: the path of the file.

    Raises:
        FileAccessError: the operating system refuses.
    """
    with contextlib.suppress(MissingPathError):
        folder.remove(name)
