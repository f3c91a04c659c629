"""The names in a tar archive, for finding one that is there twice without keeping them all.

Of each name there is a hash of 64 bits, keyed anew for each archive so that nobody can make names
with equal ones, in a table of open addressing: 500,000 names take 8 MiB, and 12 while it grows.
"""

from __future__ import annotations

import os
from array import array

try:
    # Where hashlib has it from; hashlib itself loads OpenSSL, which takes as long as ten modules.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["KEY_SIZE", "Names"]

KEY_SIZE = 16

_FREE = 0
_HASH_SIZE = 8
_FIRST_CAPACITY = 1 << 10  # a power of two, as are all


class Names:
    """A set of names that can only say whether one may have been added before.

    Two of n different names have equal hashes with a probability of n * n / 2**65: for 500,000
    names, in one of 150 million archives.
    """

    def __init__(self) -> None:
        self._hasher = blake2b(digest_size=_HASH_SIZE, key=os.urandom(KEY_SIZE))
        self._places = _free_places(_FIRST_CAPACITY)
        self._room = _room_of(_FIRST_CAPACITY)

    def add(self, name: str) -> bool:
        """Add the name; false if it, or one with an equal hash, was there already."""
        hasher = self._hasher.copy()
        hasher.update(name.encode("utf-8", "surrogateescape"))
        number = int.from_bytes(hasher.digest(), "little") or 1
        if not self._room:
            self._grow()
        places = self._places
        mask = len(places) - 1
        at = number & mask
        while (other := places[at]) != _FREE:
            if other == number:
                return False
            at = (at + 1) & mask
        places[at] = number
        self._room -= 1
        return True

    def _grow(self) -> None:
        capacity = 2 * len(self._places)
        grown = _free_places(capacity)
        mask = capacity - 1
        for number in self._places:
            if number == _FREE:
                continue
            at = number & mask
            while grown[at] != _FREE:
                at = (at + 1) & mask
            grown[at] = number
        self._room = _room_of(capacity) - _room_of(len(self._places))
        self._places = grown


def _free_places(capacity: int) -> array[int]:
    return array("Q", bytes(_HASH_SIZE)) * capacity


def _room_of(capacity: int) -> int:
    """How many names are added before the table grows."""
    return capacity // 4 * 3
