"""Files inside a tar archive by name, links followed: extractFileFromTar of pkg/v1/tarball.

Go scans the archive anew for every file. Here it is scanned once, no further than a look-up
needs, so that what stands behind the entry wanted (damage, say) matters as little as it does
in Go; only ``entries`` scans it to its end. Nothing here knows of images.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from pyggcr import limits
from pyggcr._gostd import path, tar
from pyggcr._layers.entries import EntryTable, entry_of, link_target, plain_entry
from pyggcr._layers.source import SequentialReader
from pyggcr.errors import ArchiveError, LinkCycleError, MissingFileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._layers.entries import Entry
    from pyggcr._layers.source import ReadAt, Source

# Of so many entries on, headers are read many at a time.
_MANY = 1_000
_AHEAD = 1 << 16
_WORTH_WHILE = 50

__all__ = ["Archive", "ArchiveFile", "EntryStream"]


class EntryStream(tar.EntryReader):
    """The content of one entry; closing it closes the file it is read from."""

    def __init__(self, reader: ReadAt, entry: Entry) -> None:
        super().__init__(reader.read_at, entry)
        self._file = reader

    def _take(self, size: int) -> bytes:
        # Holes of a sparse file are as large as anybody likes, and nothing is read for them.
        limits.current().check()
        return super()._take(size)

    def close(self) -> None:
        """Close the stream and its file. Idempotent."""
        if not self.closed:
            self._file.close()
        super().close()


class Archive:
    """A tar archive as a table of entries that fills as it is asked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.anywhere = source.anywhere
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._table = EntryTable()
        self._ends: dict[str, str] = {}  # of names that were links, where they led
        self._bytes = _Reopened()
        self._scanner: tar.Reader | None = None
        self._at_end = False
        self._quick_from = _MANY
        self._damage: ArchiveError | None = None

    def open(self, name: str) -> EntryStream:
        """The content of the entry, of the one that it links to if it is a link.

        Raises:
            MissingFileError: no entry has the name.
            LinkCycleError: the links lead back to themselves.
            ArchiveError: the archive is damaged before the entry.
            FileAccessError: the archive cannot be opened or read.
        """
        visited = set()
        while True:
            name = self._ends.get(name, name)
            if name in visited:
                raise LinkCycleError(f"link cycle detected for {name}")
            visited.add(name)
            reader = self._source.open()
            try:
                entry = self._find(name, reader)
                if not entry.is_link:
                    # Layers may be a chain of links: nobody walks it once for each of them.
                    self._ends.update(dict.fromkeys(visited - {name}, name))
                    return EntryStream(reader, entry)
            except BaseException:
                reader.close()
                raise
            reader.close()
            name = link_target(name, entry)

    def entries(self) -> EntryTable:
        """All entries; the archive is scanned to its end, from where the last look-up stopped.

        Raises:
            ArchiveError: the archive is damaged.
            FileAccessError: it cannot be opened or read.
        """
        reader = self._source.open()
        try:
            with self._scanning():
                self._scan_to(None, reader)
                return self._table
        finally:
            reader.close()

    def _find(self, name: str, reader: ReadAt) -> Entry:
        wanted = path.clean(name)
        with self._scanning():
            entry = self._table.get(wanted) or self._scan_to(wanted, reader)
        if entry is None:
            raise MissingFileError(f"file {name} not found in tar")
        return entry

    @contextlib.contextmanager
    def _scanning(self) -> Iterator[None]:
        """One thread at a time, with a scanner that can go on whatever happens."""
        with self._lock:
            try:
                yield
            except ArchiveError:
                raise
            except BaseException:
                # Interrupted, or the disk failed: the scanner may be half-way through a header.
                self._forget()
                raise

    def _scan_to(self, wanted: str | None, reader: ReadAt) -> Entry | None:
        """Continue up to the first entry of that cleaned name; ``None`` at the archive's end."""
        if self._damage is not None:
            raise type(self._damage)(self._damage.message)
        if self._at_end:
            return None
        self._bytes.reader = reader
        if self._scanner is None:
            self._scanner = tar.Reader(SequentialReader(self._bytes))
        try:
            while True:
                found = self._scan_quickly(wanted, reader)
                if found is not None:
                    return found
                header = self._scanner.next()
                if header is None:
                    break
                entry = entry_of(header)
                name = self._table.add(entry)
                if name is not None and name == wanted:
                    return entry
        except ArchiveError as error:
            self._damage = error
            raise
        finally:
            self._bytes.reader = None
        self._at_end = True
        return None

    def _scan_quickly(self, wanted: str | None, reader: ReadAt) -> Entry | None:
        """Continue as long as entries are of a common form, where there are very many of them.

        Returns:
            The entry that is wanted; nothing if it was not met.
        """
        if len(self._table) < self._quick_from or not self.anywhere:
            return None
        from pyggcr._gostd.tar.quick import plain_entries  # few archives have so many entries

        taken = 0
        while True:
            assert self._scanner is not None
            at = self._scanner.following
            entries, ends = plain_entries(reader.read_at(at, _AHEAD), at)
            found = None
            count = 0
            for name, kind, size, offset in entries:
                entry = plain_entry(name, kind, size, offset)
                count += 1
                known = self._table.add(entry)
                if known is not None and known == wanted:
                    found = entry
                    break
            taken += count
            if count:
                begin = ends[count - 1]
                self._scanner = tar.Reader(SequentialReader(self._bytes, begin), begin)
            if found is not None or not count:
                break
        if taken < _WORTH_WHILE:
            self._quick_from = 2 * len(self._table)  # it costs more than it gives
        return found


class ArchiveFile:
    """A file of an archive by its name, whether it is there or not: opening it tells."""

    __slots__ = ("_archive", "anywhere", "name")

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        self.anywhere = archive.anywhere
        self.name = name

    def open(self) -> EntryStream:
        """The content; see ``Archive.open``."""
        return self._archive.open(self.name)


class _Reopened:
    """The reader of the moment under a scanner that outlives it: no file stays open between."""

    def __init__(self) -> None:
        self.reader: ReadAt | None = None

    def read_at(self, offset: int, size: int) -> bytes:
        if self.reader is None:
            raise ValueError("the archive is scanned only while a file of it is looked up")
        return self.reader.read_at(offset, size)

    def seek(self, offset: int) -> None:
        if self.reader is not None:
            self.reader.seek(offset)

    def close(self) -> None:
        self.reader = None
