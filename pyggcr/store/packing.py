"""Archives that are compressed as a whole, because their name says so: ``app.tar.gz``.

What ``unpacking`` reads, written. Equal content gives equal bytes: no name and no time is in them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from pyggcr._os.atomic_write import writable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import Buffer

    from pyggcr._os.atomic_write import Writable
    from pyggcr.store.unpacking import Whole
else:
    from pyggcr._typing import Protocol

__all__ = ["compression_of_name", "packed_file"]

_SUFFIXES: tuple[tuple[tuple[str, ...], Whole], ...] = (
    ((".tar.gz", ".tgz"), "gzip"),
    ((".tar.zst", ".tzst"), "zstd"),
    ((".tar.xz", ".txz"), "xz"),
    ((".tar.bz2", ".tbz2"), "bzip2"),
)
_GZIP_LEVEL = 6
_ZSTD_LEVEL = 3
_WINDOW_OF_GZIP = 31  # of zlib: the largest, with a header of gzip


class _Compressor(Protocol):
    def compress(self, data: Buffer, /) -> bytes: ...
    def flush(self) -> bytes: ...


def compression_of_name(path: str) -> Whole | None:
    """How a file of that name is compressed; nothing if it is not.

    >>> compression_of_name("app.tar.zst"), compression_of_name("app.tar")
    ('zstd', None)
    """
    return next((kind for suffixes, kind in _SUFFIXES if path.endswith(suffixes)), None)


@contextlib.contextmanager
def packed_file(path: str | os.PathLike[str], compression: Whole) -> Iterator[Writable]:
    """A stream whose content is compressed into a file, renamed into place once it is complete.

    Args:
        path: of the file.
        compression: how to compress it.

    Raises:
        FileAccessError: the file cannot be written; one that was there before still is.
    """
    with writable(path) as file:
        stream = _Packed(file, _compressor(compression))
        yield stream
        stream.finish()


class _Packed:
    def __init__(self, file: Writable, compressor: _Compressor) -> None:
        self._file = file
        self._compressor = compressor

    def write(self, data: Buffer, /) -> int:
        self._put(self._compressor.compress(data))
        return memoryview(data).nbytes

    def finish(self) -> None:
        self._put(self._compressor.flush())

    def _put(self, packed: bytes) -> None:
        if packed:
            self._file.write(packed)


def _compressor(compression: Whole) -> _Compressor:
    return _COMPRESSORS[compression]()


def _gzip() -> _Compressor:
    import zlib

    return zlib.compressobj(_GZIP_LEVEL, wbits=_WINDOW_OF_GZIP)


def _xz() -> _Compressor:
    import lzma

    return lzma.LZMACompressor()


def _bzip2() -> _Compressor:
    import bz2

    return bz2.BZ2Compressor()


def _zstd() -> _Compressor:
    from pyggcr._gostd import zstd

    return zstd.Compressor(_ZSTD_LEVEL)


_COMPRESSORS: dict[Whole, Callable[[], _Compressor]] = {
    "gzip": _gzip,
    "xz": _xz,
    "bzip2": _bzip2,
    "zstd": _zstd,
}
