"""Images made of other images: pkg/v1/mutate."""

from __future__ import annotations

import io

from pyggcr import v1

__all__ = ["extract"]


def extract(image: v1.Image) -> io.RawIOBase:
    """Flatten the files of all layers into one tar (``mutate.Extract``).

    Entries that later layers delete or replace are left out, and so are links that lead out of the
    tar. The tar is byte for byte Go's.

    Args:
        image: any image; its layers are read while the stream is.

    Returns:
        A stream to be read once and closed. Reading it raises ``ArchiveError`` where a layer is no
        tar or an entry would lead out of the tar, and what the layers raise.
    """
    from pyggcr._gostd.stream import IteratorStream
    from pyggcr._layers import flattening

    return IteratorStream(flattening.pieces(image))
