"""The table of an archive's entries, and where links in it lead.

Follows links as go-containerregistry does, hard links from the folder of the link too, but looks at
names only: nothing is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyggcr._gostd import path
from pyggcr.errors import InvalidHashError
from pyggcr.store.files import Entry
from pyggcr.v1 import Hash, new_hash

__all__ = ["LINKS", "Names", "Way", "blob_digest", "escapes", "leads_out"]

LINKS = ("link", "symlink")
_BLOB = re.compile(r"blobs/([a-z0-9]+)/([0-9a-f]+)", re.ASCII)


def blob_digest(name: str) -> Hash | None:
    """The digest that a name promises, if it is that of a blob."""
    found = _BLOB.fullmatch(name)
    try:
        return new_hash(f"{found[1]}:{found[2]}") if found else None
    except InvalidHashError:
        return None


def escapes(name: str) -> bool:
    """Whether a name leads out of the archive."""
    return name.startswith("/") or path.clean(name).split("/")[0] == ".."


def leads_out(entry: Entry) -> bool:
    """Whether a link has a target that is not in the archive.

    That of a hard link counts from the archive's root, as those understand it who unpack it.
    """
    if entry.kind == "link":
        return escapes(entry.target)
    folder = path.filepath_dir(path.clean(entry.name))
    return entry.target.startswith("/") or escapes(path.join(folder, entry.target))


def _target(name: str, link: Entry) -> str:
    """Where go-containerregistry goes on from a link that it found by a name."""
    return path.join(path.filepath_dir(name), path.clean(link.target))


# The links on a way: the first, and the others, which ways that meet have in common.
_Links = tuple[Entry, "_Links"] | None


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """Where a name leads.

    Attributes:
        entry: what is there, links followed; ``None`` where the way ends in nothing.
        name: the last name on the way, cleaned as Go does.
        turns: whether the links lead back to themselves; ``name`` is where they do.
        is_unsafe: whether it ends in nothing because it turns, or leads out of the archive.
    """

    entry: Entry | None
    name: str
    turns: bool = False
    is_unsafe: bool = False
    _links: _Links = field(default=None, repr=False)

    @property
    def is_link(self) -> bool:
        """Whether it begins with a link."""
        return self._links is not None

    @property
    def links(self) -> Iterator[Entry]:
        """The entries on the way that are links."""
        left = self._links
        while left is not None:
            link, left = left
            yield link

    def behind(self, link: Entry) -> Way:
        """The way that begins with one more link."""
        is_unsafe = self.is_unsafe or (self.entry is None and leads_out(link))
        return Way(self.entry, self.name, self.turns, is_unsafe, (link, self._links))


class Names:
    """An archive's entries by name; of those that have one name, the first is meant."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._table: dict[str, Entry] = {}
        self._ways: dict[str, Way] = {}
        for entry in self.entries:
            self._table.setdefault(path.clean(entry.name), entry)

    def __contains__(self, name: str) -> bool:
        return path.clean(name) in self._table

    def follow(self, name: str) -> Way:
        """Where a name leads, link by link; each link is walked once, whoever leads over it."""
        walked: dict[str, Entry] = {}
        here = name
        while here not in self._ways:
            if here in walked:
                self._close(here, walked)
                break
            entry = self._table.get(path.clean(here))
            if entry is None or entry.kind not in LINKS:
                self._ways[here] = Way(entry, here)
                break
            walked[here] = entry
            here = _target(here, entry)
        way = self._ways[here]
        while walked:
            here, link = walked.popitem()
            way = self._ways[here] = way.behind(link)
        return way

    def _close(self, start: str, walked: dict[str, Entry]) -> None:
        """Take a cycle, which is the end of what was walked, from there: each of it turns."""
        links: _Links = None
        members = []
        while start in walked:
            here, link = walked.popitem()
            members.append(here)
            links = (link, links)
        for member in members:
            self._ways[member] = Way(None, member, turns=True, is_unsafe=True, _links=links)

    def cycles(self) -> list[Entry]:
        """One link of each cycle, whether anybody follows it or not."""
        found = []
        done: set[str] = set()
        for start in self._table:
            on_the_way: set[str] = set()
            name = start
            # What was walked from another start is not walked again: this takes linear time.
            while name not in done and name not in on_the_way:
                entry = self._table.get(name)
                if entry is None or entry.kind not in LINKS:
                    break
                on_the_way.add(name)
                name = path.clean(_target(name, entry))
            if name in on_the_way:
                found.append(self._table[name])
            done |= on_the_way
        return found

    def blobs(self) -> list[tuple[str, Hash]]:
        """The files that are named as blobs, with the digests that their names promise."""
        found = []
        for name, entry in self._table.items():
            digest = blob_digest(name) if entry.kind == "file" else None
            if digest is not None:
                found.append((name, digest))
        return found
