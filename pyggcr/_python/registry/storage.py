"""Where blobs are: in memory or in a folder (``memHandler``, ``diskHandler`` of pkg/registry)."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

from pyggcr._os.atomic_write import atomic_write
from pyggcr._os.file import path_error
from pyggcr._values.registry import (
    BlobDeleteHandler,
    BlobHandler,
    BlobPutHandler,
    BlobStatHandler,
)
from pyggcr.errors import BlobNotFoundError, MissingPathError
from pyggcr.v1.hash import Hash, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


__all__ = ["DiskBlobs", "MemoryBlobs"]

_CHUNK = 1 << 20
_OWN_FILE = 0o600


class _Blobs(BlobHandler, BlobStatHandler, BlobPutHandler, BlobDeleteHandler):
    """Blobs by their digests, whatever repository they were pushed to."""


class MemoryBlobs(_Blobs):
    """Blobs in memory, gone with the process (``NewInMemoryBlobHandler``)."""

    def __init__(self) -> None:
        self._blobs: dict[Hash, bytes] = {}

    def stat(self, repository: str, digest: Hash) -> int:  # noqa: ARG002
        """The size of a blob."""
        return len(self._find(digest))

    def get(self, repository: str, digest: Hash) -> BinaryIO:  # noqa: ARG002
        """A blob's bytes."""
        return io.BytesIO(self._find(digest))

    def _find(self, digest: Hash) -> bytes:
        blob = self._blobs.get(digest)
        if blob is None:
            raise BlobNotFoundError
        return blob

    def put(self, repository: str, digest: Hash, content: BinaryIO) -> None:  # noqa: ARG002
        """Keep a blob."""
        self._blobs[digest] = content.read()

    def delete(self, repository: str, digest: Hash) -> None:  # noqa: ARG002
        """Forget a blob."""
        if self._blobs.pop(digest, None) is None:
            raise BlobNotFoundError


class DiskBlobs(_Blobs):
    """Blobs in a folder, ``sha256/…``, where the next process finds them (``NewDiskBlobHandler``).

    As in Go, the folder must be there. Unlike Go it leaves no file behind where an upload fails.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def stat(self, repository: str, digest: Hash) -> int:
        """The size of a blob; one that was damaged on the disk is none."""
        try:
            with self.get(repository, digest) as blob:
                found, size = sha256(blob)
        except MissingPathError:
            raise BlobNotFoundError from None
        if found != digest:
            raise BlobNotFoundError(f"not found: blob {digest} has digest {found}")
        return size

    def get(self, repository: str, digest: Hash) -> BinaryIO:  # noqa: ARG002
        """A blob's bytes (``os.Open``)."""
        path = self._path_of(digest)
        try:
            return path.open("rb")
        except (OSError, ValueError) as error:
            raise path_error("open", str(path), error) from None

    def put(self, repository: str, digest: Hash, content: BinaryIO) -> None:  # noqa: ARG002
        """Keep a blob."""
        path = self._path_of(digest)
        try:
            path.parent.mkdir(exist_ok=True)
        except (OSError, ValueError) as error:
            # Go begins with a temporary file.
            began = os.path.join(self._folder, f"upload-{random.getrandbits(32)}")  # noqa: PTH118
            raise path_error("open", began, error) from None
        with atomic_write(path, mode=_OWN_FILE) as file:
            while piece := content.read(_CHUNK):
                file.write(piece)

    def delete(self, repository: str, digest: Hash) -> None:  # noqa: ARG002
        """Forget a blob (``os.Remove``)."""
        path = self._path_of(digest)
        try:
            path.unlink()
        except (OSError, ValueError) as error:
            raise path_error("remove", str(path), error) from None

    def _path_of(self, digest: Hash) -> Path:
        return Path(self._folder) / digest.algorithm / digest.hex
