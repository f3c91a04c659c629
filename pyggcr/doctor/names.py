"""Where the links in an archive's table of entries lead, and which names promise a digest.

Follows links as go-containerregistry does, hard links from the folder of the link too, but looks at
names only: nothing is opened.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._dataclasses import dataclass, field
from pyggcr._gostd import path
from pyggcr._layers.entries import Entry, EntryTable, link_target
from pyggcr._layers.file_names import blob_digest
from pyggcr.v1 import Hash

__all__ = ["Names", "Way", "escapes", "leads_out"]


def escapes(name: str) -> bool:
    """Whether a name leads out of the archive; a slash before it is left out by who unpacks it."""
    return path.clean(name.lstrip("/")).split("/")[0] == ".."


def leads_out(entry: Entry) -> bool:
    """Whether a link has a target that is not in the archive.

    That of a hard link counts from the archive's root, as those understand it who unpack it.
    """
    if entry.kind == "link":
        return escapes(entry.target)
    folder = path.filepath_dir(path.clean(entry.name))
    return entry.target.startswith("/") or escapes(path.join(folder, entry.target))


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
    """An archive's entries by name, links followed.

    Attributes:
        entries: the table.
    """

    def __init__(self, entries: EntryTable) -> None:
        self.entries = entries
        self._ways: dict[str, Way] = {}

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def follow(self, name: str) -> Way:
        """Where a name leads, link by link; each link is walked once, whoever leads over it."""
        walked: dict[str, Entry] = {}
        here = name
        while here not in self._ways:
            if here in walked:
                self._close(here, walked)
                break
            entry = self.entries.find(here)
            if entry is None or not entry.is_link:
                self._ways[here] = Way(entry, here)
                break
            walked[here] = entry
            here = link_target(here, entry)
        way = self._ways[here]
        while walked:
            here, link = walked.popitem()
            way = self._ways[here] = way.behind(link)
        return way

    def missed_literally(self, name: str) -> str:
        """The name on the way that no entry has letter by letter; empty if there is none."""
        walked = set()
        while name not in walked:
            walked.add(name)
            entry = self.entries.find(name)
            if entry is None or entry.name != name:
                return "" if entry is None else name
            if not entry.is_link:
                break
            name = link_target(name, entry)
        return ""

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
        for start, first in self.entries.by_name():
            if not first.is_link:
                continue
            on_the_way: set[str] = set()
            name, entry = start, self.entries.get(start)
            # What was walked from another start is not walked again: this takes linear time.
            while entry is not None and entry.is_link and name not in done:
                if name in on_the_way:
                    found.append(entry)
                    break
                on_the_way.add(name)
                name = path.clean(link_target(name, entry))
                entry = self.entries.get(name)
            done |= on_the_way
        return found

    def blobs(self) -> list[tuple[str, Hash]]:
        """The files that are named as blobs, with the digests that their names promise."""
        found = []
        for name, entry in self.entries.by_name():
            digest = blob_digest(name) if entry.kind == "file" else None
            if digest is not None:
                found.append((name, digest))
        return found
