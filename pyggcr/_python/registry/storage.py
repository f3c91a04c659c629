"""Where blobs are: in memory or in a folder (``memHandler``, ``diskHandler`` of pkg/registry).

A blob gets its place only once its bytes have the digest that was promised.
"""

from __future__ import annotations

import abc
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pyggcr._os.atomic_write import Writable, atomic_write
from pyggcr._os.file import path_error
from pyggcr.errors import ValidationError
from pyggcr.v1.hash import Hash

__all__ = ["DiskStorage", "MemoryStorage", "Storage"]

_CHUNK = 1 << 20
_OWN_FILE = 0o600


class Storage(abc.ABC):
    """Blobs by their digests, whatever repository they were pushed to."""

    @abc.abstractmethod
    def size(self, digest: Hash) -> int | None:
        """A blob's size in bytes; ``None`` if there is no such blob."""

    @abc.abstractmethod
    def open(self, digest: Hash) -> BinaryIO:
        """A blob's bytes; raises ``FileNotFoundError`` if there is no such blob."""

    @abc.abstractmethod
    def put(self, digest: Hash, pieces: Iterable[bytes]) -> None:
        """Keep a blob; raises ``ValidationError`` if its bytes have another digest."""

    @abc.abstractmethod
    def delete(self, digest: Hash) -> None:
        """Forget a blob; raises ``FileNotFoundError`` if there is no such blob."""


class MemoryStorage(Storage):
    """Blobs in memory, gone with the process."""

    def __init__(self) -> None:
        self._blobs: dict[Hash, bytes] = {}

    def size(self, digest: Hash) -> int | None:
        blob = self._blobs.get(digest)
        return None if blob is None else len(blob)

    def open(self, digest: Hash) -> BinaryIO:
        blob = self._blobs.get(digest)
        if blob is None:
            raise FileNotFoundError("not found")
        return io.BytesIO(blob)

    def put(self, digest: Hash, pieces: Iterable[bytes]) -> None:
        kept = io.BytesIO()
        _copy(pieces, kept, digest)
        self._blobs[digest] = kept.getvalue()

    def delete(self, digest: Hash) -> None:
        if self._blobs.pop(digest, None) is None:
            raise FileNotFoundError("not found")


class DiskStorage(Storage):
    """Blobs in a folder, ``sha256/…``, where the next process finds them."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # the latter of a NUL in a path
            raise path_error("mkdir", folder, error) from None

    def size(self, digest: Hash) -> int | None:
        # As Go does, a blob that was damaged on the disk is none.
        try:
            with self._path_of(digest).open("rb") as blob:
                found = hashlib.sha256()
                while piece := blob.read(_CHUNK):
                    found.update(piece)
                return blob.tell() if found.hexdigest() == digest.hex else None
        except FileNotFoundError:
            return None

    def open(self, digest: Hash) -> BinaryIO:
        return self._path_of(digest).open("rb")

    def put(self, digest: Hash, pieces: Iterable[bytes]) -> None:
        path = self._path_of(digest)
        path.parent.mkdir(exist_ok=True)
        with atomic_write(path, mode=_OWN_FILE) as file:
            _copy(pieces, file, digest)

    def delete(self, digest: Hash) -> None:
        self._path_of(digest).unlink()

    def _path_of(self, digest: Hash) -> Path:
        return self._folder / digest.algorithm / digest.hex


def _copy(pieces: Iterable[bytes], target: Writable, digest: Hash) -> None:
    found, size = hashlib.sha256(), 0
    for piece in pieces:
        found.update(piece)
        target.write(piece)
        size += len(piece)
    if found.hexdigest() != digest.hex:
        raise ValidationError(
            f"error verifying sha256 checksum after reading {size} bytes; "
            f'got "sha256:{found.hexdigest()}", want "{digest}"'
        )
