"""The entries of a layer's tar, one after the other."""

from __future__ import annotations

from collections.abc import Generator

from pyggcr import limits, v1
from pyggcr._gostd.tar import Header, Reader
from pyggcr.errors import ArchiveError

__all__ = ["next_header", "read_entries"]

_CHUNK = 1 << 20


def read_entries(layer: v1.Layer) -> Generator[tuple[Header, Reader], None, None]:
    """The headers of a layer, each with the reader of its content.

    The layer is read to its very end, where it may be compared with its digest.

    Raises:
        ArchiveError: it is no tar.
        Error: what the layer raises.
    """
    with layer.uncompressed() as content:
        reader = Reader(content)
        while (header := next_header(reader)) is not None:
            limits.current().check()
            yield header, reader
        while content.read(_CHUNK):
            limits.current().check()


def next_header(reader: Reader) -> Header | None:
    """The next header, ``None`` at the end; errors are those of ``mutate.Extract``.

    Raises:
        ArchiveError: there is none in its place.
    """
    try:
        return reader.next()
    except ArchiveError as error:
        raise type(error)(f"reading tar: {error}") from error
