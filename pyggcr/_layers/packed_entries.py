"""Very many entries of an archive in little memory: packed a thousand at a time, found by a hash.

``entries.EntryTable`` keeps the first thousands as they are, and the others here. An entry takes
some 30 bytes, where an object with its name takes 400.
"""

from __future__ import annotations

import marshal
import zlib
from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Fields", "PackedEntries"]

# What an entry is made of, in the order of its attributes.
Fields = tuple[str, str, int, str, int, int, "tuple[tuple[int, int], ...] | None"]

_PACK = 1000  # entries
_PACK_SIZE = 1 << 20  # characters of names and targets, and numbers of holes, about
_LEVEL = 1  # of zlib: names of one folder differ little
_FREE = 0
_FIRST_CAPACITY = 1 << 14  # a power of two
_MASK = (1 << 63) - 1


class PackedEntries:
    """Entries by number and by name; of several with one name, the first is found."""

    def __init__(self) -> None:
        self._packs: list[tuple[int, bytes]] = []  # the number of the first, and the entries
        self._waiting: list[tuple[bool, Fields]] = []
        self._waiting_size = 0
        self._count = 0
        # Open addressing: the hash of a name, and the number of its entry.
        self._keys = array("q", bytes(8 * _FIRST_CAPACITY))
        self._numbers = array("L", bytes(array("L").itemsize * _FIRST_CAPACITY))
        self._names = 0
        self._unpacked: tuple[int, list[tuple[bool, Fields]]] = (-1, [])

    def __len__(self) -> int:
        return self._count

    def add(self, name: str, fields: Fields, *, is_known: bool) -> bool:
        """Append an entry; whether it is the first of its cleaned name.

        Args:
            name: the cleaned name.
            fields: what it is made of.
            is_known: whether an entry that is kept elsewhere has the name already.
        """
        is_first = not is_known and self._claim(name)
        self._waiting.append((is_first, fields))
        self._waiting_size += len(fields[0]) + len(fields[3]) + 32 * len(fields[6] or ())
        self._count += 1
        if len(self._waiting) == _PACK or self._waiting_size > _PACK_SIZE:
            self._pack()
        return is_first

    def find(self, name: str) -> Fields | None:
        """The entry that a cleaned name stands for; the caller compares the names."""
        key = _key(name)
        place = self._place(key)
        return self._at(self._numbers[place]) if self._keys[place] == key else None

    def __iter__(self) -> Iterator[tuple[bool, Fields]]:
        """All entries in order, each with whether it is the first of its name."""
        for _, pack in self._packs:
            yield from marshal.loads(zlib.decompress(pack))  # noqa: S302 - our own bytes
        yield from self._waiting

    def _pack(self) -> None:
        start = self._count - len(self._waiting)
        self._packs.append((start, zlib.compress(marshal.dumps(self._waiting), _LEVEL)))
        self._waiting = []
        self._waiting_size = 0

    def _at(self, number: int) -> Fields:
        start = self._count - len(self._waiting)
        if number >= start:
            return self._waiting[number - start][1]
        low, high = 0, len(self._packs)
        while high - low > 1:
            middle = (low + high) // 2
            if self._packs[middle][0] <= number:
                low = middle
            else:
                high = middle
        if self._unpacked[0] != low:
            unpacked = marshal.loads(zlib.decompress(self._packs[low][1]))  # noqa: S302
            self._unpacked = (low, unpacked)
        return self._unpacked[1][number - self._packs[low][0]][1]

    def _claim(self, name: str) -> bool:
        """Note that the next entry has the name, unless another has it; whether it was noted."""
        if 2 * self._names >= len(self._keys):
            self._grow()
        key = _key(name)
        place = self._place(key)
        if self._keys[place] == key:
            return False
        self._keys[place] = key
        self._numbers[place] = self._count
        self._names += 1
        return True

    def _place(self, key: int) -> int:
        """Where a key is, or would be."""
        keys = self._keys
        mask = len(keys) - 1
        place = key & mask
        while (found := keys[place]) != key and found != _FREE:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        keys, numbers = self._keys, self._numbers
        self._keys = array("q", bytes(16 * len(keys)))
        self._numbers = array("L", bytes(2 * numbers.itemsize * len(numbers)))
        for key, number in zip(keys, numbers, strict=True):
            if key != _FREE:
                place = self._place(key)
                self._keys[place] = key
                self._numbers[place] = number


def _key(name: str) -> int:
    """A hash of a name that nobody can choose (Python's has a key of its own), never zero."""
    return hash(name) & _MASK or 1
