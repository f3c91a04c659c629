"""The files of a store that hold layers: how each is compressed, and what reading it has found.

Images of one store share most of their layers, so what is known of a file is known to all of them.
"""

from __future__ import annotations

import threading

from pyggcr import v1
from pyggcr._layers.compressed import ContentMemo
from pyggcr._layers.compression import Compression, peek_compression
from pyggcr._layers.uncompressed import GzipMemo

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

    from pyggcr.store.files import Files

__all__ = ["Blob", "Blobs"]


class Blob:
    """One file, as it lies there.

    Attributes:
        name: its name in the store.
        anywhere: whether any thread may read it.
        gzip: digest and size of what Go's gzip makes of it; of use where it is not compressed.
        content: hash of what it holds once it is uncompressed.
    """

    def __init__(self, files: Files, name: str) -> None:
        self._files = files
        self.name = name
        self.anywhere: bool = files.anywhere
        self.gzip: GzipMemo = GzipMemo()
        self.content: ContentMemo = ContentMemo()
        self._own = GzipMemo()
        self._compression: Compression | None = None

    def open(self) -> io.RawIOBase:
        """The bytes as they lie there."""
        return self._files.open(self.name)

    @property
    def compression(self) -> Compression:
        """How it is compressed, which its first bytes tell."""
        if self._compression is None:
            with self.open() as stream:
                self._compression = peek_compression(stream)[0]
        return self._compression

    def measure(self) -> tuple[v1.Hash, int]:
        """Digest and size of the bytes as they lie there; the first time, that reads them all."""
        return self._own.get(self._read)

    def _read(self) -> tuple[v1.Hash, int]:
        with self.open() as stream:
            return v1.sha256(stream)

    def remember(self, digest: v1.Hash, size: int) -> None:
        """Take what another whole pass over the bytes has found."""
        self._own.remember(digest, size)


class Blobs:
    """The blobs of a store by name, each once."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._blobs: dict[str, Blob] = {}

    def get(self, name: str) -> Blob:
        """The file of that name, whether it is there or not: opening it tells."""
        with self._lock:
            if name not in self._blobs:
                self._blobs[name] = Blob(self._files, name)
            return self._blobs[name]
