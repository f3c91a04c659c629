"""Reads JSON documents whole, up to a limit: a few kilobytes of an archive may claim any size.

Sparse entries and sparse files read as zeros without end, and compressed data unpacks to a
thousand times its size. native/documents.go has the same limit.
"""

from __future__ import annotations

from pyggcr.errors import ArchiveError, Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from typing import TypeVar
else:
    from pyggcr._typing import TypeVar

__all__ = ["DOCUMENT_LIMIT", "read_document", "read_first_value"]

# Bytes of one document. Registries take manifests of up to 4 MiB; a manifest.json of ten thousand
# images has some 20.
DOCUMENT_LIMIT = 64 << 20

_READ_SIZE = 1 << 20

_T = TypeVar("_T")


class _ReadOnError(Error):
    """The value is not complete in what was read so far."""


def read_document(stream: io.RawIOBase, name: str, limit: int = DOCUMENT_LIMIT) -> bytes:
    """All that a stream gives.

    Args:
        stream: the document from its beginning.
        name: what the error calls it.
        limit: how many bytes it may have.

    Raises:
        ArchiveError: it has more; and whatever the stream raises.
    """
    pieces = []
    room = limit + 1
    while room and (piece := stream.read(min(room, _READ_SIZE))):
        pieces.append(piece)
        room -= len(piece)
    if not room:
        raise _too_large(name, limit)
    return b"".join(pieces)


def read_first_value(
    stream: io.RawIOBase, name: str, parse: Callable[[bytes, Error | None], _T]
) -> _T:
    """What becomes of the first value in a stream; what stands behind it is hardly read.

    Args:
        stream: the document from its beginning.
        name: what the error calls it.
        parse: makes it of the bytes read so far, and raises the given error if they do not hold the
            whole value.

    Raises:
        ArchiveError: the value does not end within ``DOCUMENT_LIMIT`` bytes, or is damaged.
        Error: as ``parse``, and as the stream.
    """
    data, wanted = b"", _READ_SIZE
    while True:
        data, at_end, damage = _read_more(stream, data, wanted)
        tail_error = damage if at_end or damage else _ReadOnError("the value is not complete")
        try:
            return parse(data, tail_error)
        except _ReadOnError:
            if wanted > DOCUMENT_LIMIT:
                raise _too_large(name, DOCUMENT_LIMIT) from None
        wanted = min(2 * wanted, DOCUMENT_LIMIT + 1)


def _read_more(
    stream: io.RawIOBase, data: bytes, wanted: int
) -> tuple[bytes, bool, ArchiveError | None]:
    """The data with what follows it, whether that is all, and what went wrong behind it."""
    pieces = [data]
    missing = wanted - len(data)
    damage = None
    at_end = False
    try:
        while missing and not at_end:
            piece = stream.read(min(missing, _READ_SIZE))
            at_end = not piece
            pieces.append(piece or b"")
            missing -= len(piece or b"")
    except ArchiveError as error:
        damage = error
    return b"".join(pieces), at_end, damage


def _too_large(name: str, limit: int) -> ArchiveError:
    return ArchiveError(f"{name} is larger than {limit} bytes")
