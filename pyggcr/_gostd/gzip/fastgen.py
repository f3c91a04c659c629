# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""What the finders of Go 1.27's levels 2 to 6 have in common (compress/flate's deflatefast.go).

Tables remember by a hash where such bytes were seen last, or the last two times. A place that is
remembered counts only if it is near enough and its first four bytes are the same.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.found import Found
from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, MAX_MATCH
from pyggcr._gostd.gzip.window import Hash, HashedWindow, match_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMPARED", "NOWHERE", "FastSearch", "hash4", "hash5", "hash7"]

COMPARED = 4
NOWHERE = -(1 << 20)  # the place in an empty slot: further away than any match
_INPUT_MARGIN = 11


def hash4(bits: int) -> Hash:
    """Of 4 bytes (``prime4bytes``)."""
    return Hash(4, 2_654_435_761, bits)


def hash5(bits: int) -> Hash:
    """Of 5 bytes (``prime5bytes``)."""
    return Hash(5, 889_523_592_379, bits)


def hash7(bits: int) -> Hash:
    """Of 7 bytes (``prime7bytes``)."""
    return Hash(7, 58_295_818_150_454_627, bits)


class FastSearch:
    """The window, the tables and the block at hand (``fastGen``).

    Attributes:
        data: history and block.
        numbers: the four bytes at each place, to be compared.
        limit: from here on, no match begins.
        found: the matches of the block.
    """

    def __init__(self, hashes: Sequence[Hash], tables: Sequence[Hash]) -> None:
        """Choose the hashes of places, and for each table the one whose slots it has."""
        self._window = HashedWindow(*hashes)
        self._slots = self._window.slots
        self._tables = [[NOWHERE] * (1 << each.bits) for each in tables]
        self._begin(b"")

    def _begin(self, block: bytes) -> int:
        """Move on to the next block; where it starts."""
        window = self._window
        shift = window.append(block)
        if shift:
            for table in self._tables:
                table[:] = [place - shift for place in table]
        self._data = window.data
        self._numbers = window.numbers
        self._limit = len(window.data) - _INPUT_MARGIN
        self._found = Found(window.data, window.start)
        return window.start

    def _equal(self, at: int, earlier: int) -> bool:
        """Whether four bytes are the same, and near enough for a match."""
        return at - earlier < MAX_DISTANCE and self._numbers[at] == self._numbers[earlier]

    def _end(self, at: int, earlier: int) -> int:
        """Where the bytes from ``at`` on stop being the earlier ones (``matchLenLong``)."""
        return match_end(self._data, at, earlier, len(self._data))

    def _limited_length(self, at: int, earlier: int) -> int:
        """Length of a match of four bytes or more, up to one token (``matchLenLimited``)."""
        end = min(len(self._data), at + MAX_MATCH)
        return match_end(self._data, at + COMPARED, earlier + COMPARED, end) - at
