"""Headers of a common form, many at a time, for archives that have very many entries.

Only what ``Reader`` would give without any further header is taken: files and folders whose header
has a common form and whose content is at hand. Where something else begins, it ends, and ``Reader``
continues.
"""

from __future__ import annotations

from pyggcr._gostd.tar.header import BLOCK_SIZE, padding, parse_common

__all__ = ["PlainEntry", "plain_entries"]

# Name, type, size, and where the content begins in the archive.
PlainEntry = tuple[str, str, int, int]

_FILE, _FOLDER = "0", "5"


def plain_entries(data: bytes, offset: int) -> tuple[list[PlainEntry], list[int]]:
    """The entries at the beginning of some bytes of an archive.

    Args:
        data: the bytes, from the beginning of an entry on.
        offset: where they are in the archive.

    Returns:
        The entries, and for each the offset in the archive of what follows it.
    """
    entries: list[PlainEntry] = []
    ends: list[int] = []
    at = 0
    last, header = b"", None
    while True:
        block = data[at : at + BLOCK_SIZE]
        if block != last:  # archives that are made to be slow have one header very many times
            last, header = block, parse_common(block)
        if header is None or header.typeflag not in (_FILE, _FOLDER):
            return entries, ends
        size = header.size if header.typeflag == _FILE else 0
        begin = at + BLOCK_SIZE
        at = begin + size + padding(size)
        if at > len(data):
            return entries, ends
        entries.append((header.name, header.typeflag, header.size, offset + begin))
        ends.append(offset + at)
