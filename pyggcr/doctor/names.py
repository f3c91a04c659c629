"""The table of an archive's entries, and where links in it lead.

Follows links as go-containerregistry does, hard links from the folder of the link too, but looks at
names only: nothing is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyggcr._gostd import path
from pyggcr.errors import InvalidHashError
from pyggcr.store.files import Entry
from pyggcr.v1 import Hash, new_hash

__all__ = ["LINKS", "Names", "Way", "blob_digest", "blob_name", "escapes", "leads_out"]

LINKS = ("link", "symlink")
_BLOB = re.compile(r"blobs/([a-z0-9]+)/([0-9a-f]+)", re.ASCII)


def blob_name(digest: Hash) -> str:
    """Where the blob of a digest lies in an OCI layout."""
    return f"blobs/{digest.algorithm}/{digest.hex}"


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


@dataclass(frozen=True, slots=True)
class Way:
    """Where a name leads.

    Attributes:
        entry: what is there, links followed; ``None`` where the way ends in nothing.
        name: the last name on the way, cleaned as Go does.
        links: the entries on the way that are links.
        turns: whether the links lead back to themselves; ``name`` is where they do.
    """

    entry: Entry | None
    name: str
    links: tuple[Entry, ...] = ()
    turns: bool = False

    @property
    def is_unsafe(self) -> bool:
        """Whether it ends in nothing because it turns, or leads out of the archive."""
        return self.turns or (self.entry is None and any(map(leads_out, self.links)))


class Names:
    """An archive's entries by name; of those that have one name, the first is meant."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._table: dict[str, Entry] = {}
        for entry in self.entries:
            self._table.setdefault(path.clean(entry.name), entry)

    def __contains__(self, name: str) -> bool:
        return path.clean(name) in self._table

    def follow(self, name: str) -> Way:
        """Where a name leads, link by link."""
        links: list[Entry] = []
        visited = set()
        while True:
            if name in visited:
                return Way(None, name, tuple(links), turns=True)
            visited.add(name)
            entry = self._table.get(path.clean(name))
            if entry is None or entry.kind not in LINKS:
                return Way(entry, name, tuple(links))
            links.append(entry)
            name = _target(name, entry)

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
