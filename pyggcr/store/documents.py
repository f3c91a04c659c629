"""The JSON documents of a store: ``manifest.json``, ``index.json``, and those among the blobs.

Each is read whole, up to a limit, and an error names the document. ``archive_listing`` knows how
they belong together.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from pyggcr import v1
from pyggcr._layers.documents import DOCUMENT_LIMIT, read_first_value
from pyggcr._layers.file_names import INDEX_JSON, MANIFEST_JSON, blob_name
from pyggcr.errors import ArchiveError, CancelledError, Error, FileAccessError, MissingFileError
from pyggcr.v1.tarball_manifest import Descriptor, parse_tarball_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

    from pyggcr.store.files import Files

__all__ = ["Documents", "naming", "saved_images_in"]

# Bytes from which on a config is kept, once, for all images that have it; most have some thousand.
_LARGE = 1 << 16


@contextlib.contextmanager
def naming(name: str) -> Iterator[None]:
    """Put a name before the text of whatever is raised; what says nothing of it stays as it is."""
    try:
        yield
    except (CancelledError, FileAccessError):
        raise
    except Error as error:
        raise type(error)(f"{name}: {error.message}") from error


def saved_images_in(stream: io.RawIOBase) -> list[Descriptor] | None:
    """What a ``manifest.json`` lists; ``None`` if it says ``null``. Go reads its first value only.

    Raises:
        ArchiveError: it is too large, or damaged.
        JSONError, InvalidHashError, TruncatedError: it is malformed.
    """

    def parse(data: bytes, tail_error: Error | None) -> list[Descriptor] | None:
        try:
            return parse_tarball_manifest(data, tail_error=tail_error)
        except Error as error:
            if error is tail_error:
                raise
            raise type(error)(f"{MANIFEST_JSON}: {error.message}") from error

    return read_first_value(stream, MANIFEST_JSON, parse)


class Documents:
    """Documents by what they are."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._large: dict[bytes, bytes] = {}

    def why_no_images(self) -> str:
        """Why there is no image where neither ``manifest.json`` nor ``index.json`` has any."""
        return self._files.why_no_images()

    def saved_images(self) -> list[Descriptor] | None:
        """What ``manifest.json`` lists; ``None`` if it is not there, or says ``null``."""
        try:
            stream = self._files.open(MANIFEST_JSON)
        except MissingFileError:
            return None
        with stream:
            return saved_images_in(stream)

    def index(self) -> v1.IndexManifest | None:
        """``index.json``; ``None`` if it is not there."""
        data = self._top(INDEX_JSON)
        if data is None:
            return None
        with naming(INDEX_JSON):
            return v1.parse_index_manifest(data)

    def _top(self, name: str) -> bytes | None:
        try:
            return self._files.read(name, DOCUMENT_LIMIT)
        except MissingFileError:
            return None

    def config(self, name: str) -> bytes:
        """A config file, by its name among the files.

        A large one is the same object each time, under whatever name: a ``manifest.json`` that
        lists one for a thousand images must not fill the memory with it.
        """
        data = self._files.read(name, DOCUMENT_LIMIT)
        if len(data) < _LARGE:
            return data
        return self._large.setdefault(hashlib.sha256(data).digest(), data)

    def has_blob(self, digest: v1.Hash) -> bool:
        """Whether the blob is there."""
        try:
            self._files.open(blob_name(digest)).close()
        except MissingFileError:
            return False
        return True

    def blob(self, digest: v1.Hash) -> bytes:
        """A document among the blobs.

        Raises:
            MissingFileError: it is not there.
            ArchiveError: its content has another digest, or is too large.
        """
        name = blob_name(digest)
        data = self._files.read(name, DOCUMENT_LIMIT)
        hasher = v1.hasher(digest.algorithm)
        hasher.update(data)
        if hasher.hexdigest() != digest.hex:
            found = v1.Hash(digest.algorithm, hasher.hexdigest())
            raise ArchiveError(f"{name}: the content has the digest {found}")
        return data
