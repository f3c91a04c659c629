"""Keeps layers in a folder once they were read, for the next time: pkg/v1/cache.

The folder is the one that ``crane pull --cache_path`` makes and reads. A file is compared with the
digest in its name before it is used, so a damaged file is fetched again and never used.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable
from pathlib import Path

from pyggcr import limits, v1
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._os.atomic_write import AtomicFile, atomic_write
from pyggcr._os.file import path_error
from pyggcr.errors import TruncatedError
from pyggcr.types import MediaType

__all__ = ["CachedImage", "FilesystemCache"]

_MODE = 0o700
_CHUNK = 1 << 20

_log = logging.getLogger(__name__)


class FilesystemCache:
    """Layers in files whose names are digests, or DiffIDs (``cache.NewFilesystemCache``)."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Take a folder, which is made when the first layer is kept."""
        self._folder = Path(folder)

    def open(self, digest: v1.Hash) -> io.FileIO | None:
        """What has this digest, or ``None``; a file that has it no longer is deleted.

        Raises:
            FileAccessError: the file cannot be read.
        """
        path = self._path_of(digest)
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise path_error("open", os.fspath(path), error) from None
        try:
            if _hex_of(file, digest.algorithm) == digest.hex:
                file.seek(0)
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        path.unlink(missing_ok=True)
        return None

    def keep(self, digest: v1.Hash, stream: io.RawIOBase) -> io.RawIOBase:
        """The same stream, which is kept under a digest once it was read to its end.

        The stream is closed with the one that is returned.

        Raises:
            FileAccessError: the folder cannot be written.
        """
        try:
            self._folder.mkdir(_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise path_error("mkdir", os.fspath(self._folder), error) from None
        return _Kept(stream, self._path_of(digest))

    def _path_of(self, digest: v1.Hash) -> Path:
        return self._folder / str(digest)


def _hex_of(file: io.FileIO, algorithm: str) -> str:
    hasher = v1.hasher(algorithm)
    while piece := file.read(_CHUNK):
        limits.current().check()
        hasher.update(piece)
    return hasher.hexdigest()


class _Kept(io.RawIOBase):
    """A stream of which a copy is made; the copy takes its place at the stream's end."""

    def __init__(self, stream: io.RawIOBase, path: Path) -> None:
        self._stream = stream
        self._making = atomic_write(path)
        self._copy: AtomicFile | None = self._making.__enter__()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer)) or b""
        buffer[: len(data)] = data
        if self._copy is not None:
            self._copy.write(data)
            if not data and len(buffer):
                self._copy = None
                self._making.__exit__(None, None, None)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            if self._copy is not None:
                self._copy = None
                unfinished = TruncatedError("closed before its end")
                self._making.__exit__(TruncatedError, unfinished, None)
        super().close()


class CachedImage(v1.Image):
    """An image whose layers come from a cache, or go there when they are read (``cache.Image``)."""

    def __init__(self, image: v1.Image, cache: FilesystemCache) -> None:
        """Take an image, which is closed with this one, and a cache."""
        self._image = image
        self._cache = cache

    def layers(self) -> list[v1.Layer]:
        """The layers, base layer first."""
        return [_CachedLayer(layer, self._cache) for layer in self._image.layers()]

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The layer whose compressed hash this is."""
        return _CachedLayer(self._image.layer_by_digest(digest), self._cache)

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose uncompressed hash this is."""
        return _CachedLayer(self._image.layer_by_diff_id(diff_id), self._cache)

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        return self._image.media_type()

    def size(self) -> int:
        """Size of the manifest in bytes."""
        return self._image.size()

    def config_name(self) -> v1.Hash:
        """Hash of the config file."""
        return self._image.config_name()

    def config_file(self) -> v1.ConfigFile:
        """The parsed config file."""
        return self._image.config_file()

    def raw_config_file(self) -> bytes:
        """The bytes of the config file."""
        return self._image.raw_config_file()

    def digest(self) -> v1.Hash:
        """SHA-256 of the manifest."""
        return self._image.digest()

    def manifest(self) -> v1.Manifest:
        """The manifest."""
        return self._image.manifest()

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest."""
        return self._image.raw_manifest()

    def close(self) -> None:
        """Close the image that was given."""
        self._image.close()


class _CachedLayer(v1.Layer):
    def __init__(self, layer: v1.Layer, cache: FilesystemCache) -> None:
        self.anywhere = may_be_read_anywhere(layer)
        self._layer = layer
        self._cache = cache

    def digest(self) -> v1.Hash:
        return self._layer.digest()

    def diff_id(self) -> v1.Hash:
        return self._layer.diff_id()

    def compressed(self) -> io.RawIOBase:
        return self._open(self._layer.digest(), "compressed", self._layer.compressed)

    def uncompressed(self) -> io.RawIOBase:
        return self._open(self._layer.diff_id(), "uncompressed", self._layer.uncompressed)

    def _open(self, digest: v1.Hash, form: str, fetch: Callable[[], io.RawIOBase]) -> io.RawIOBase:
        found = self._cache.open(digest)
        if found is not None:
            _log.info("Layer %s found (%s) in cache", digest, form)
            return found
        _log.info("Layer %s not found (%s) in cache, getting", digest, form)
        stream = fetch()
        try:
            return self._cache.keep(digest, stream)
        except BaseException:
            stream.close()
            raise

    def size(self) -> int:
        return self._layer.size()

    def media_type(self) -> MediaType:
        return self._layer.media_type()

    def close(self) -> None:
        self._layer.close()
