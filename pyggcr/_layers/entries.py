"""The entries of an archive: one table for all who ask what is in it and where it lies.

Names are compared as go-containerregistry compares them: cleaned, and of several entries with one
name the first counts. Opening an entry is ``archive``'s task; nothing here reads.
"""

from __future__ import annotations

from pyggcr._gostd import path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from pyggcr._gostd.tar import Header
    from pyggcr._layers.packed_entries import Fields, PackedEntries
else:
    from pyggcr._typing import Literal

__all__ = ["LINKS", "Entry", "EntryTable", "Kind", "entry_of", "link_target", "plain_entry"]

Kind = Literal["file", "folder", "link", "symlink", "other"]

# Entries of a table that are kept as objects; those of larger archives are packed.
_AS_OBJECTS = 20_000

LINKS = ("link", "symlink")
_KINDS: dict[str, Kind] = {
    "0": "file",
    "1": "link",
    "2": "symlink",
    "5": "folder",
    "7": "file",  # contiguous, which no reader treats differently
    "S": "file",  # GNU's sparse file
}


class Entry:
    """One entry of a tar, or of a folder at any depth. Not to be changed.

    Two entries are equal if name, kind, size and target are.

    Attributes:
        name: as it is written; in a folder, the path below it with slashes.
        kind: what it is; a tar's devices and pipes are ``other``.
        size: bytes of content; 0 for anything but a file.
        target: where a link leads, as it is written; empty for anything but a link.
        offset, physical_size, holes: where a tar has the content, as in ``tar.Header``.
    """

    # Written by hand: an archive may have a million of them, and a frozen dataclass takes longer
    # to make.
    __slots__ = ("holes", "kind", "name", "offset", "physical_size", "size", "target")

    def __init__(
        self,
        name: str,
        kind: Kind,
        size: int,
        target: str,
        offset: int = 0,
        physical_size: int = 0,
        holes: tuple[tuple[int, int], ...] | None = None,
    ) -> None:
        self.name: str = name
        self.kind = kind
        self.size: int = size
        self.target: str = target
        self.offset: int = offset
        self.physical_size: int = physical_size
        self.holes: tuple[tuple[int, int], ...] | None = holes

    def _key(self) -> tuple[str, Kind, int, str]:
        return self.name, self.kind, self.size, self.target

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Entry) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Entry{self._key()!r}"

    def fields(self) -> Fields:
        """All that it is made of."""
        return (
            self.name,
            self.kind,
            self.size,
            self.target,
            self.offset,
            self.physical_size,
            self.holes,
        )

    @property
    def is_link(self) -> bool:
        """Whether it stands for another entry."""
        return self.kind in LINKS


class EntryTable:
    """Entries in their order, and by name."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: list[Entry] = []
        self._by_name: dict[str, Entry] = {}
        self._more: PackedEntries | None = None
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> str | None:
        """Append an entry; its cleaned name, or ``None`` if an entry before it has that name."""
        name = path.clean(entry.name)
        if len(self._entries) < _AS_OBJECTS:
            self._entries.append(entry)
            return name if self._by_name.setdefault(name, entry) is entry else None
        if self._more is None:
            self._more = _packed()
        is_first = self._more.add(name, entry.fields(), is_known=name in self._by_name)
        return name if is_first else None

    def get(self, cleaned: str) -> Entry | None:
        """The entry that a cleaned name stands for."""
        found = self._by_name.get(cleaned)
        if found is not None or self._more is None:
            return found
        fields = self._more.find(cleaned)
        if fields is None or path.clean(fields[0]) != cleaned:
            return None
        return _entry(fields)

    def find(self, name: str) -> Entry | None:
        """The entry that a name stands for; a link is not followed."""
        return self.get(path.clean(name))

    def __contains__(self, name: str) -> bool:
        return self.get(path.clean(name)) is not None

    def __iter__(self) -> Iterator[Entry]:
        """All entries in order, links as links, a name as often as it is there."""
        yield from self._entries
        for _, fields in self._more or ():
            yield _entry(fields)

    def __len__(self) -> int:
        return len(self._entries) + len(self._more or ())

    def by_name(self) -> Iterator[tuple[str, Entry]]:
        """Cleaned names in order, each with the entry that it stands for."""
        yield from self._by_name.items()
        for is_first, fields in self._more or ():
            if is_first:
                yield path.clean(fields[0]), _entry(fields)


def _packed() -> PackedEntries:
    from pyggcr._layers.packed_entries import PackedEntries  # few archives have so many entries

    return PackedEntries()


def _entry(fields: Fields) -> Entry:
    name, kind, *rest = fields
    return Entry(name, kind, *rest)  # type: ignore[arg-type]  # what Entry.fields gave


def entry_of(header: Header) -> Entry:
    """The entry that a tar's header describes."""
    kind = _KINDS.get(header.typeflag, "other")
    return Entry(
        name=header.name,
        kind=kind,
        size=header.size if kind == "file" else 0,
        target=header.linkname if kind in LINKS else "",
        offset=header.offset,
        physical_size=header.physical_size,
        holes=header.holes,
    )


def plain_entry(name: str, typeflag: str, size: int, offset: int) -> Entry:
    """The entry of a file or folder that has no further headers."""
    if typeflag == "0":
        return Entry(name, "file", size, "", offset, size)
    return Entry(name, "folder", 0, "", offset)


def link_target(name: str, link: Entry) -> str:
    """Where go-containerregistry continues from a link that it found under a name.

    Hard links count from the folder of the link too.
    """
    return path.join(path.filepath_dir(name), path.clean(link.target))
