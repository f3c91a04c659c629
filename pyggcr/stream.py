"""Layers over streams that are read once, such as a pipe: pkg/v1/stream."""

from __future__ import annotations

from pyggcr._gostd.gzip_options import BEST_SPEED, check_int64
from pyggcr._values.stream import Layer
from pyggcr.engine import gzip_profile_for, select
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


__all__ = ["Layer", "new_layer"]


def new_layer(
    stream: BinaryIO,
    *,
    compression_level: int = BEST_SPEED,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    engine: str | None = None,
    gzip_profile: str | None = None,
) -> Layer:
    """Make a layer from a stream, compressed while the layer is read (``stream.NewLayer``).

    The layer can be read once. Until then its ``digest``, ``diff_id`` and ``size`` raise
    ``StreamNotComputedError``, and so does an image with such a layer. ``remote.write``,
    ``remote.write_layer`` and ``layout.Path.append_image`` can write such a layer or image, after
    which these values are known; ``tarball.write`` cannot.

    Once the stream that ``compressed`` returns was read to its end, or closed, the layer consists
    of what was read until then, and the stream that you gave is closed. Two streams that are open
    at the same time share it.

    Args:
        stream: an open binary stream with the uncompressed content, usually a tar. Its exceptions
            reach the reader of the layer unchanged.
        compression_level: of gzip, as for ``tarball.layer_from_path``; default 1
            (``stream.WithCompressionLevel``).
        media_type: the media type of the layer; default that of Docker's gzip layers
            (``stream.WithMediaType``).
        engine: ``go`` or ``python``; default: the engine in force. To write the layer with the Go
            engine's ``remote``, make it with the Go engine.
        gzip_profile: as for ``tarball.image_from_path``; default: that of the Go engine.

    Returns:
        A layer. Its ``compressed`` raises ``UnsupportedOptionError`` if there is no such level, and
        ``StreamConsumedError`` once the stream was read. Its ``uncompressed`` always raises
        ``Error``.

    Raises:
        TypeError: ``stream`` is not a stream.
        UnsupportedOptionError: the Go engine does not have this ``gzip_profile``; on the Python
            engine the layer raises it when it is read.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> import io
        >>> layer = new_layer(io.BytesIO(bytes(1024)))
        >>> layer.digest()
        Traceback (most recent call last):
        ...
        pyggcr.errors.StreamNotComputedError: value not computed until stream is consumed
        >>> with layer.compressed() as compressed:
        ...     size = len(compressed.read())
        >>> layer.size() == size
        True
    """
    if not callable(getattr(stream, "read", None)):
        raise TypeError(f"expected a binary stream, not {type(stream).__name__}")
    chosen = select(engine)
    return chosen.stream.new_layer(
        stream=stream,
        compression_level=check_int64(compression_level),
        media_type=MediaType(media_type),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
    )
