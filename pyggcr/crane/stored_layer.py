"""A layer whose compressed bytes are in a temporary file, as they can be made only once."""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr import v1
from pyggcr._gostd.gzip.reader import Reader
from pyggcr._layers.source import SourceStream
from pyggcr._layers.unnamed_file import UnnamedFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

    from pyggcr.types import MediaType

__all__ = ["StoredLayer"]

_READ_SIZE = 1 << 20


class StoredLayer(v1.Layer):
    """The content of a gzip stream layer, which can be read several times until it is closed."""

    anywhere = True

    def __init__(self, layer: v1.Layer) -> None:
        """Read a layer to its end into a temporary file.

        Args:
            layer: the layer, whose compressed bytes can be read once.

        Raises:
            FileAccessError: the temporary file cannot be written.
            Error: the layer cannot be read; the subclass says why.
        """
        self._file = UnnamedFile(_pieces(layer), "a layer")
        self._digest, self._diff_id, self._size = layer.digest(), layer.diff_id(), layer.size()
        self._media_type = layer.media_type()

    def digest(self) -> v1.Hash:
        """Return the hash of the compressed bytes.

        Returns:
            The SHA-256 hash.
        """
        return self._digest

    def diff_id(self) -> v1.Hash:
        """Return the hash of the content.

        Returns:
            The SHA-256 hash.
        """
        return self._diff_id

    def size(self) -> int:
        """Return the size of the compressed bytes.

        Returns:
            Bytes.
        """
        return self._size

    def media_type(self) -> MediaType:
        """Return the media type of the layer.

        Returns:
            The media type.
        """
        return self._media_type

    def compressed(self) -> io.RawIOBase:
        """Open the compressed bytes.

        Returns:
            A binary stream.
        """
        return SourceStream(self._file)

    def uncompressed(self) -> io.RawIOBase:
        """Open the content.

        Returns:
            A binary stream.

        Raises:
            CompressionError: the content cannot be decompressed.
        """
        return Reader(self.compressed(), reopen=self.compressed)

    def close(self) -> None:
        """Delete the file; open streams can still be read.

        Closing it again has no effect.
        """
        self._file.close()


def _pieces(layer: v1.Layer) -> Iterator[bytes]:
    with layer.compressed() as stream:
        while piece := stream.read(_READ_SIZE):
            yield piece
