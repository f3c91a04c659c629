"""Layers made of bytes that are at hand: pkg/v1/static."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr.engine import select
from pyggcr.types import MediaType

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from pyggcr import v1

__all__ = ["new_layer"]


def new_layer(
    content: Buffer, media_type: MediaType | str, *, engine: str | None = None
) -> v1.Layer:
    """Make a layer of bytes, which are neither compressed nor decompressed (``static.NewLayer``).

    So the layer's digest is its DiffID, and ``uncompressed`` gives the same bytes as
    ``compressed``, even if they are a gzip stream.

    Args:
        content: the bytes of the layer; they are copied.
        media_type: what the layer says it is; it is not checked.
        engine: ``go`` or ``python``; ``None`` for the engine in force.

    Returns:
        A layer that any thread may read.

    Raises:
        TypeError: ``content`` is not bytes-like.
        EngineUnavailableError: the engine is not there.

    >>> layer = new_layer(b"{}", MediaType.OCI_EMPTY_JSON)
    >>> layer.digest() == layer.diff_id()
    True
    >>> layer.compressed().read()
    b'{}'
    """
    view = memoryview(content)
    return select(engine).static.new_layer(content=view.tobytes(), media_type=MediaType(media_type))
