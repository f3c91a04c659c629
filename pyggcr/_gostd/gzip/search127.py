"""How Go 1.27 finds matches at BestSpeed (compress/flate's level1.go).

A hash table of 5-byte sequences. Matches may begin before the place where they were found, and
may be of any length; long ones are cut when they become tokens.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.tokens import MAX_DISTANCE, Tokens
from pyggcr._gostd.gzip.window import Window, match_length

__all__ = ["Search"]

_TABLE_BITS = 15
_HASH_FACTOR = 889_523_592_379  # prime5bytes
_HASH_MODULUS = 1 << 64
_HASH_SHIFT = 64 - _TABLE_BITS
_FIVE_BYTES = 24  # shifts a number so that five bytes of it remain
_WORD_MASK = 0xFFFF_FFFF
_NOWHERE = -(1 << 62)  # the position of an empty slot: further away than any match
_INPUT_MARGIN = 11
_COMPARED = 4  # bytes of the hashed five that are compared
_STEP = 2
_SKIP_SHIFT = 5
_MAX_MATCH = 258
_MIN_MATCH = 3


class Search:
    """Finds the matches of one block after the other."""

    def __init__(self) -> None:
        self._places = [_NOWHERE] * (1 << _TABLE_BITS)
        self._history = b""
        self._position = 0

    def tokens(self, block: bytes) -> Tokens:
        """The block as literals and matches."""
        window = Window(self._history, block, self._position)
        self._position += len(block)
        self._history = window.history()
        found = _Found(window)
        self._run(window, found)
        return found.tokens()

    def _run(self, window: Window, found: _Found) -> None:
        limit = len(window.data) - _INPUT_MARGIN
        at = window.start
        while (hit := self._find(window, at, found.emitted, limit)) is not None:
            next_at = self._follow(window, found, hit, limit)
            if next_at is None:
                return
            at = next_at

    def _find(
        self, window: Window, at: int, emitted: int, limit: int
    ) -> tuple[int, int, int] | None:
        """The next place that matches, what it matches, and where the search stood."""
        data, words, origin, places = window.data, window.words, window.origin, self._places
        value = words[at & 3][at >> 2] | data[at + 4] << 32
        while True:
            slot = (value << _FIVE_BYTES) * _HASH_FACTOR % _HASH_MODULUS >> _HASH_SHIFT
            place = places[slot]
            following = at + _STEP + (at - emitted >> _SKIP_SHIFT)
            if following > limit:
                return None
            places[slot] = at + origin
            ahead = words[following & 3][following >> 2] | data[following + 4] << 32
            slot = (ahead << _FIVE_BYTES) * _HASH_FACTOR % _HASH_MODULUS >> _HASH_SHIFT
            earlier = place - origin
            if (
                at - earlier < MAX_DISTANCE
                and value & _WORD_MASK == words[earlier & 3][earlier >> 2]
            ):
                places[slot] = following + origin
                return at, earlier, following
            at = following
            following += 1
            earlier = places[slot] - origin
            places[slot] = at + origin
            if (
                at - earlier < MAX_DISTANCE
                and ahead & _WORD_MASK == words[earlier & 3][earlier >> 2]
            ):
                # Go stores the next position here, under the hash of this one.
                places[slot] = following + origin
                return at, earlier, following
            at = following
            value = words[at & 3][at >> 2] | data[at + 4] << 32

    def _follow(
        self, window: Window, found: _Found, hit: tuple[int, int, int], limit: int
    ) -> int | None:
        """Take the match and those that join it; where to search on, ``None`` at the end."""
        words, origin, places = window.words, window.origin, self._places
        at, earlier, following = hit
        while True:
            length = found.match(at, earlier)
            at = found.emitted
            if following >= at:
                at = following + 1
            if at >= limit:
                if at + length + 8 < len(window.data):
                    places[self._slot(window, at)] = at + origin
                return None
            places[self._slot(window, at - 2)] = at - 2 + origin
            slot = self._slot(window, at)
            earlier = places[slot] - origin
            places[slot] = at + origin
            if (
                at - earlier > MAX_DISTANCE
                or words[at & 3][at >> 2] != words[earlier & 3][earlier >> 2]
            ):
                return at + 1

    @staticmethod
    def _slot(window: Window, at: int) -> int:
        value = window.words[at & 3][at >> 2] | window.data[at + 4] << 32
        return (value << _FIVE_BYTES) * _HASH_FACTOR % _HASH_MODULUS >> _HASH_SHIFT


class _Found:
    """Matches so far; ``emitted`` is where the last one ends."""

    __slots__ = ("_data", "_end", "_lengths", "_offsets", "_runs", "emitted")

    def __init__(self, window: Window) -> None:
        self._data = window.data
        self._end = len(window.data)
        self._runs: list[bytes] = []
        self._lengths: list[int] = []
        self._offsets: list[int] = []
        self.emitted = window.start

    def match(self, at: int, earlier: int) -> int:
        """Extend the match in both directions and take it; its length."""
        data, emitted = self._data, self.emitted
        length = _COMPARED + match_length(data, at + _COMPARED, earlier + _COMPARED, self._end)
        while earlier > 0 and at > emitted and data[earlier - 1] == data[at - 1]:
            at -= 1
            earlier -= 1
            length += 1
        self._runs.append(data[emitted:at])
        self._cut(length, at - earlier - 1)
        self.emitted = at + length
        return length

    def _cut(self, length: int, offset: int) -> None:
        """Split into tokens, none of them too short to be a match."""
        rest = length
        while True:
            piece = rest
            if piece > _MAX_MATCH:
                piece = _MAX_MATCH if piece > _MAX_MATCH + _MIN_MATCH else _MAX_MATCH - _MIN_MATCH
            self._lengths.append(piece - _MIN_MATCH)
            self._offsets.append(offset)
            rest -= piece
            if not rest:
                return
            self._runs.append(b"")

    def tokens(self) -> Tokens:
        """The block, with the literals after the last match."""
        self._runs.append(self._data[self.emitted :])
        return Tokens(self._runs, self._lengths, self._offsets)
