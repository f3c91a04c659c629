"""Layers that were read before: pkg/v1/cache.

A folder is believed as Go believes it; ``pyggcr.cache.FilesystemCache`` compares what it finds.
"""

from __future__ import annotations

import os

from pyggcr import limits, v1
from pyggcr._gostd.gzip_options import BEST_SPEED
from pyggcr._gostd.stream import PieceStream
from pyggcr._layers.cached import CachedImage, CachedIndex
from pyggcr._layers.core import ForwardedLayer
from pyggcr._os.file import path_error
from pyggcr._os.folder import make_folder, remove
from pyggcr._values.cache import Cache
from pyggcr.compression import GZIP
from pyggcr.errors import LayerNotFoundError, MissingPathError, TruncatedError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable

__all__ = ["delete", "get", "image", "image_index", "put"]

_FOLDER_MODE = 0o700
_FILE_MODE = 0o666  # os.Create, less the umask


def get(*, folder: str, digest: v1.Hash, gzip_profile: str) -> v1.Layer:
    """Read a layer from a folder (``Cache.Get``); a file that ends too early is deleted."""
    from pyggcr._python.tarball import layer_from_path

    try:
        return layer_from_path(
            _path(folder, digest),
            gzip_profile=gzip_profile,
            compression=GZIP,
            compression_level=BEST_SPEED,
            media_type=MediaType.DOCKER_LAYER,
            compressed_caching=False,
        )
    except MissingPathError:
        raise LayerNotFoundError from None
    except TruncatedError as error:
        if not str(error).endswith("unexpected EOF"):
            raise
    delete(folder=folder, digest=digest)
    raise LayerNotFoundError


def put(*, folder: str, layer: v1.Layer) -> v1.Layer:
    """Make a layer that a folder gets when it is read (``Cache.Put``)."""
    return _StoredLayer(layer, folder)


def delete(*, folder: str, digest: v1.Hash) -> None:
    """Delete a layer's file (``Cache.Delete``)."""
    try:
        remove(_path(folder, digest))
    except MissingPathError:
        raise LayerNotFoundError from None


def image(*, image: v1.Image, cache: Cache, gzip_profile: str) -> v1.Image:
    """Take an image's layers from a cache (``cache.Image``)."""
    return CachedImage(image, _cache(cache, gzip_profile))


def image_index(*, index: v1.ImageIndex, cache: Cache, gzip_profile: str) -> v1.ImageIndex:
    """Take the layers of an index's images from a cache (``cache.ImageIndex``)."""
    return CachedIndex(index, _cache(cache, gzip_profile))


def _cache(cache: Cache, gzip_profile: str) -> Cache:
    """A cache that works on this engine."""
    spec = cache.spec()
    if spec is None:
        return cache
    return _FolderCache(spec.folder, gzip_profile, read_only=spec.read_only)


def _path(folder: str, digest: v1.Hash) -> str:
    return os.path.join(folder, str(digest))  # noqa: PTH118  (as filepath.Join)


class _FolderCache(Cache):
    """``cache.NewFilesystemCache``, and ``cache.ReadOnly`` of it."""

    def __init__(self, folder: str, gzip_profile: str, *, read_only: bool) -> None:
        self._folder = folder
        self._gzip_profile = gzip_profile
        self._read_only = read_only

    def put(self, layer: v1.Layer) -> v1.Layer:
        return layer if self._read_only else put(folder=self._folder, layer=layer)

    def get(self, digest: v1.Hash) -> v1.Layer:
        return get(folder=self._folder, digest=digest, gzip_profile=self._gzip_profile)

    def delete(self, digest: v1.Hash) -> None:
        if not self._read_only:
            delete(folder=self._folder, digest=digest)


class _StoredLayer(ForwardedLayer):
    """A layer whose bytes go into a file, too, while they are read."""

    def __init__(self, layer: v1.Layer, folder: str) -> None:
        super().__init__(layer)
        self._folder = folder
        self._digest = layer.digest()
        self._diff_id = layer.diff_id()

    def compressed(self) -> io.RawIOBase:
        file = self._create(self._digest)
        return _Copied(self.layer.compressed, file)

    def uncompressed(self) -> io.RawIOBase:
        file = self._create(self._diff_id)
        return _Copied(self.layer.uncompressed, file)

    def _create(self, digest: v1.Hash) -> _NewFile:
        make_folder(self._folder, _FOLDER_MODE)
        return _NewFile(_path(self._folder, digest))


class _NewFile:
    """A file that was created or emptied (``os.Create``)."""

    def __init__(self, path: str) -> None:
        self._path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        try:
            self._descriptor = os.open(path, flags, _FILE_MODE)
        except (OSError, ValueError) as error:
            raise path_error("open", path, error) from None

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise path_error("write", self._path, error) from None

    def close(self) -> None:
        os.close(self._descriptor)


class _Copied(PieceStream):
    """A stream that writes what is read from it into a file as well (``io.TeeReader``)."""

    def __init__(self, opener: Callable[[], io.RawIOBase], file: _NewFile) -> None:
        super().__init__()
        self._file = file
        try:
            self._stream = opener()
        except BaseException:
            file.close()
            raise

    def _take(self, size: int) -> bytes:
        limits.current().check()
        data = self._stream.read(size) or b""
        self._file.write(data)
        return data

    def close(self) -> None:
        if not self.closed:
            try:
                self._stream.close()
            finally:
                self._file.close()
        super().close()
