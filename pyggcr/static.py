"""Layers made of bytes in memory: pkg/v1/static."""

from __future__ import annotations

from pyggcr.engine import select
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Buffer

    from pyggcr import v1

__all__ = ["new_layer"]


def new_layer(
    content: Buffer, media_type: MediaType | str, *, engine: str | None = None
) -> v1.Layer:
    """Make a layer from bytes, which are neither compressed nor decompressed (``static.NewLayer``).

    So its digest equals its DiffID, and ``uncompressed`` returns the same bytes as ``compressed``,
    even if they are a gzip stream.

    Args:
        content: the bytes of the layer; they are copied.
        media_type: the media type of the layer; it is not checked.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        A layer, which several threads may read.

    Raises:
        TypeError: ``content`` is not bytes-like.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> layer = new_layer(b"{}", MediaType.OCI_EMPTY_JSON)
        >>> layer.digest() == layer.diff_id()
        True
        >>> layer.compressed().read()
        b'{}'
    """
    view = memoryview(content)
    return select(engine).static.new_layer(content=view.tobytes(), media_type=MediaType(media_type))
