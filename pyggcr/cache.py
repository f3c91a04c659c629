"""Keep layers in a folder once they were read: pkg/v1/cache.

The folder has the format of ``crane pull --cache_path``. A file is compared with the digest in its
name before it is used, so a damaged file is fetched again and never used. Go does not compare, and
neither does ``FilesystemCache`` with ``verify=False``.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

from pyggcr import limits, v1
from pyggcr._layers.cached import CachedImage, CachedIndex
from pyggcr._layers.compression import GZIP_MAGIC, ZSTD_MAGIC
from pyggcr._layers.core import ForwardedLayer
from pyggcr._os.atomic_write import AtomicFile, atomic_write
from pyggcr._os.file import path_error
from pyggcr._os.folder import make_folder
from pyggcr._values.cache import Cache, FolderSpec
from pyggcr.engine import Engine, gzip_profile_for, select
from pyggcr.errors import LayerNotFoundError, TruncatedError
from pyggcr.types import MediaType
from pyggcr.v1.hash import to_hash

__all__ = [
    "Cache",
    "CachedImage",
    "CachedIndex",
    "FilesystemCache",
    "LayerNotFoundError",
    "image",
    "image_index",
    "read_only",
]

_MODE = 0o700
_CHUNK = 1 << 20
# A file that begins with one of them is a compressed layer (gzip, zstd).
_MAGIC = (GZIP_MAGIC, ZSTD_MAGIC)


def image(image: v1.Image, cache: Cache, *, engine: str | None = None) -> v1.Image:
    """Take the layers of an image from a cache, and put them there when they are read
    (``cache.Image``).

    The layers of ``layers()`` use the cache when they are opened; ``layer_by_digest`` and
    ``layer_by_diff_id`` use it at once.

    Args:
        image: an image of either engine, or your own, which must stay usable.
        cache: a cache of this module, or your own.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        A new image.

    Raises:
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> import tempfile
        >>> from pyggcr import random
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cached = image(random.image(1024, 1, source=1), FilesystemCache(folder))
        ...     with cached.layers()[0].compressed() as stream:
        ...         content = stream.readall()
        ...     [str(cached.layers()[0].digest())] == os.listdir(folder)
        True
    """
    _check(image, v1.Image)
    _check(cache, Cache)
    chosen = select(engine)
    return chosen.cache.image(image=image, cache=cache, gzip_profile=gzip_profile_for(chosen, None))


def image_index(index: v1.ImageIndex, cache: Cache, *, engine: str | None = None) -> v1.ImageIndex:
    """Take the layers of all images of an index from a cache (``cache.ImageIndex``).

    Args:
        index: an index of either engine, or your own, which must stay usable.
        cache: a cache of this module, or your own.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        A new index, whose images are those that ``image`` makes.

    Raises:
        TypeError: an argument has another type.
        EngineUnavailableError: the engine is not available.
    """
    _check(index, v1.ImageIndex)
    _check(cache, Cache)
    chosen = select(engine)
    return chosen.cache.image_index(
        index=index, cache=cache, gzip_profile=gzip_profile_for(chosen, None)
    )


def read_only(cache: Cache) -> Cache:
    """Return a view of a cache that never writes or deletes (``cache.ReadOnly``).

    Args:
        cache: a cache of this module, or your own.

    Returns:
        A cache whose ``put`` returns the layer it is given, and whose ``delete`` does nothing.

    Raises:
        TypeError: ``cache`` is not a cache.

    Examples:
        >>> read_only(FilesystemCache("/nowhere")).get("sha256:" + "0" * 64)
        Traceback (most recent call last):
        ...
        pyggcr.errors.LayerNotFoundError: layer was not found
    """
    _check(cache, Cache)
    return _ReadOnly(cache)


def _check(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected, not {type(value).__qualname__}")


class FilesystemCache(Cache):
    """A cache of layers in files that are named after digests and DiffIDs
    (``cache.NewFilesystemCache``).
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, verify: bool = True, engine: str | None = None
    ) -> None:
        """Open a cache in a folder, which is created when the first layer is stored.

        Args:
            folder: its path.
            verify: compare each file with the digest in its name before it is used, and delete it
                if they differ; write a file under its name only once all of it was read. Default
                true. If false, files are written in place and not compared, as in Go, and only
                compressed files that end too early are deleted.
            engine: the engine that reads and writes layers; default: the engine in force.
        """
        self._folder = Path(folder)
        self._verify = verify
        self._engine = engine

    def __repr__(self) -> str:
        return f"FilesystemCache({os.fspath(self._folder)!r})"

    def put(self, layer: v1.Layer) -> v1.Layer:
        """Return a layer whose bytes are stored when they are read (``Cache.Put``).

        Args:
            layer: the layer.

        Returns:
            The layer to use from now on.

        Raises:
            Error: neither digest nor DiffID of the layer are known yet, or the layer cannot be
                read.
        """
        if self._verify:
            return _KeptLayer(layer, self)
        return self._chosen().cache.put(folder=os.fspath(self._folder), layer=layer)

    def get(self, digest: v1.Hash | str) -> v1.Layer:
        """Find a layer by its digest or its DiffID (``Cache.Get``).

        Args:
            digest: the digest or the DiffID.

        Returns:
            The layer.

        Raises:
            LayerNotFoundError: the cache has no such layer, or its file was damaged.
            InvalidHashError: a text is not a digest.
            FileAccessError: the file cannot be read.
            Error: the file is not a layer; the subclass says why.
        """
        digest = to_hash(digest)
        if not self._verify:
            return self._read(digest)
        found = self.open(digest)
        if found is None:
            raise LayerNotFoundError
        with found:
            compressed = found.read(len(_MAGIC[-1])).startswith(_MAGIC)
            return _FoundLayer(self, digest, compressed, _state_of(found))

    def delete(self, digest: v1.Hash | str) -> None:
        """Delete a layer by its digest or its DiffID (``Cache.Delete``).

        Args:
            digest: the digest or the DiffID.

        Raises:
            LayerNotFoundError: the cache has no such layer.
            InvalidHashError: a text is not a digest.
            FileAccessError: the operating system refuses.
        """
        self._chosen().cache.delete(folder=os.fspath(self._folder), digest=to_hash(digest))

    def spec(self) -> FolderSpec | None:
        """Describe the cache as data, if it behaves like Go's.

        Returns:
            The description; ``None`` for a cache that verifies.
        """
        return None if self._verify else FolderSpec(os.fspath(self._folder))

    def open(self, digest: v1.Hash, known: tuple[int, ...] | None = None) -> io.FileIO | None:
        """Open the file of a digest, after comparing its content with the digest.

        A file with other content is deleted.

        Args:
            digest: the name of the file.
            known: the state of a file that was compared before, which is not read again; default
                none.

        Returns:
            The open file; ``None`` if there is none, or it was deleted.

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
            if _state_of(file) == known or _hex_of(file, digest.algorithm) == digest.hex:
                file.seek(0)
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        path.unlink(missing_ok=True)
        return None

    def keep(self, digest: v1.Hash, stream: io.RawIOBase) -> io.RawIOBase:
        """Store the bytes of a stream, once it was read to its end.

        Args:
            digest: the name of the file.
            stream: the stream; it is closed with the one that is returned.

        Returns:
            A stream with the same bytes.

        Raises:
            FileAccessError: the folder cannot be written.
        """
        make_folder(os.fspath(self._folder), _MODE)
        return _Kept(stream, self._path_of(digest))

    def _read(self, digest: v1.Hash) -> v1.Layer:
        """The layer that a file is to Go, which reads all of it."""
        chosen = self._chosen()
        return chosen.cache.get(
            folder=os.fspath(self._folder),
            digest=digest,
            gzip_profile=gzip_profile_for(chosen, None),
        )

    def _chosen(self) -> Engine:
        return select(self._engine)

    def _path_of(self, digest: v1.Hash) -> Path:
        return self._folder / str(digest)


class _ReadOnly(Cache):
    """``ro``: putting returns the layer itself, and deleting does nothing."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def put(self, layer: v1.Layer) -> v1.Layer:
        return layer

    def get(self, digest: v1.Hash) -> v1.Layer:
        return self._cache.get(digest)

    def delete(self, digest: v1.Hash) -> None:
        pass

    def spec(self) -> FolderSpec | None:
        spec = self._cache.spec()
        return None if spec is None else FolderSpec(spec.folder, read_only=True)


def _hex_of(file: io.FileIO, algorithm: str) -> str:
    hasher = v1.hasher(algorithm)
    while piece := file.read(_CHUNK):
        limits.current().check()
        hasher.update(piece)
    return hasher.hexdigest()


def _state_of(file: io.FileIO) -> tuple[int, ...]:
    """What changes when another file takes its place, or when it is written."""
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


class _Kept(io.RawIOBase):
    """A stream of which a copy is made; the copy is renamed into place at the stream's end."""

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


class _KeptLayer(ForwardedLayer):
    """A layer whose bytes are kept when they are read to their end."""

    def __init__(self, layer: v1.Layer, cache: FilesystemCache) -> None:
        super().__init__(layer)
        self._cache = cache
        self._digest = layer.digest()
        self._diff_id = layer.diff_id()

    def compressed(self) -> io.RawIOBase:
        return self._keep(self._digest, self.layer.compressed)

    def uncompressed(self) -> io.RawIOBase:
        return self._keep(self._diff_id, self.layer.uncompressed)

    def _keep(self, digest: v1.Hash, fetch: Callable[[], io.RawIOBase]) -> io.RawIOBase:
        stream = fetch()
        try:
            return self._cache.keep(digest, stream)
        except BaseException:
            stream.close()
            raise


class _FoundLayer(v1.Layer):
    """A layer in a file that has the digest of its name; only what is asked for is computed."""

    anywhere = True

    def __init__(
        self, cache: FilesystemCache, name: v1.Hash, compressed: bool, state: tuple[int, ...]
    ) -> None:
        self._cache = cache
        self._state = state
        self._name = name
        self._is_compressed = compressed
        self._whole: v1.Layer | None = None

    def _computed(self) -> v1.Layer:
        if self._whole is None:
            self._whole = self._cache._read(self._name)
        return self._whole

    def _file(self) -> io.RawIOBase:
        """The file, compared again if it is another one by now."""
        found = self._cache.open(self._name, self._state)
        if found is None:
            raise LayerNotFoundError
        return found

    def digest(self) -> v1.Hash:
        return self._name if self._is_compressed else self._computed().digest()

    def diff_id(self) -> v1.Hash:
        return self._computed().diff_id() if self._is_compressed else self._name

    def compressed(self) -> io.RawIOBase:
        return self._file() if self._is_compressed else self._computed().compressed()

    def uncompressed(self) -> io.RawIOBase:
        return self._computed().uncompressed() if self._is_compressed else self._file()

    def size(self) -> int:
        return self._computed().size()

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_LAYER

    def close(self) -> None:
        if self._whole is not None:
            self._whole.close()
