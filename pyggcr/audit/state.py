"""What an audit has read so far, in a SQLite file: it goes on there after an interruption.

A run is one pass over all targets. References that the current run has looked at are done; those
of earlier runs have their digests, by which the registry is asked whether anything has changed, and
their rows, which stand for all references to the same digest.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator

from pyggcr._dataclasses import replace
from pyggcr._os.closeable import Closeable
from pyggcr._os.state_file import StateFile
from pyggcr._version import __version__
from pyggcr.audit.rows import Row
from pyggcr.audit.tasks import Item, LayerFacts
from pyggcr.errors import ArchiveError, StateError

__all__ = ["State"]

_APPLICATION = 0x70676172  # "pgar"
_VERSION = 1
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE looked_at (
    reference TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    way TEXT NOT NULL,
    run INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX looked_at_digest ON looked_at (digest);
CREATE TABLE rows (
    reference TEXT NOT NULL,
    number INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (reference, number)
) WITHOUT ROWID;
"""
# A table of its own, made where it is missing: states that lack it are good for all the rest.
_LAYERS = """
CREATE TABLE IF NOT EXISTS layers (
    host TEXT NOT NULL,
    digest TEXT NOT NULL,
    version TEXT NOT NULL,
    run INTEGER NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (host, digest)
) WITHOUT ROWID
"""
_RUNS_KEPT = 100  # after how many runs a layer that no new image has is forgotten
_AFTER_COLON = {":": ";", "@": "A"}  # the next characters: what ends a range of names


class State(Closeable):
    """The state of one audit; one process at a time has it open.

    Attributes:
        run: number of the current run.
        resumed: whether the run was interrupted, and goes on.
    """

    def __init__(self, path: str | os.PathLike[str] | None, *, targets: str, way: str) -> None:
        """Open it, and begin a run or go on with the last one.

        Args:
            path: of the file; ``None`` for one that nobody needs afterwards.
            targets: what is audited; the same as before to go on.
            way: how images are read; rows that were made in another way are made anew.

        Raises:
            StateError: it is another's file, damaged, or in use.
        """
        self._way = way
        self._file = StateFile(
            path, what="an audit", application=_APPLICATION, version=_VERSION, schema=_SCHEMA
        )
        try:
            with self._file.transaction():
                self._begin(targets)
        except BaseException:
            self._file.close()
            raise

    def _begin(self, targets: str) -> None:
        self._file.do(_LAYERS)
        facts = dict(self._file.ask("SELECT name, value FROM facts"))
        last = int(facts.get("run", "0"))
        same = facts.get("targets") == targets and facts.get("way") == self._way
        self.resumed: bool = same and facts.get("finished") == "no"
        self.run: int = last if self.resumed else last + 1
        for name, value in (
            ("run", str(self.run)),
            ("targets", targets),
            ("way", self._way),
            ("finished", "no"),
        ):
            self._file.do("REPLACE INTO facts VALUES (?, ?)", [name, value])

    def known(self, repository: str, most: int) -> dict[str, str] | None:
        """Digests of what was read in a repository, by reference; ``None`` if there are more."""
        found: dict[str, str] = {}
        for begin, end in _AFTER_COLON.items():
            rows = self._file.ask(
                "SELECT reference, digest FROM looked_at WHERE reference >= ? AND reference < ? "
                "AND way = ? AND digest != '' LIMIT ?",
                [repository + begin, repository + end, self._way, most + 1],
            )
            found.update(rows)
        return found if len(found) <= most else None

    def digest_of(self, reference: str) -> str:
        """The digest of what was read before; empty if it was not."""
        rows = self._file.ask(
            "SELECT digest FROM looked_at WHERE reference = ? AND way = ?", [reference, self._way]
        )
        return str(next(rows, ("",))[0])

    def is_done(self, reference: str) -> bool:
        """Whether this run has looked at it."""
        query = "SELECT 1 FROM looked_at WHERE reference = ? AND run = ?"
        return next(self._file.ask(query, [reference, self.run]), None) is not None

    def done(self, repository: str) -> frozenset[str]:
        """What this run has looked at in a repository."""
        if not self.resumed:
            return frozenset()
        return frozenset(
            reference
            for begin, end in _AFTER_COLON.items()
            for (reference,) in self._file.ask(
                "SELECT reference FROM looked_at WHERE reference >= ? AND reference < ? "
                "AND run = ?",
                [repository + begin, repository + end, self.run],
            )
        )

    def record(self, items: tuple[Item, ...]) -> tuple[list[Row], list[str]]:
        """Keep what was looked at.

        Returns:
            The rows, and references whose digest is known but whose rows are not.
        """
        rows: list[Row] = []
        unknown: list[str] = []
        with self._file.transaction():
            for item in items:
                made = item.rows if item.rows is not None else self._rows_of_digest(item)
                if made is None:
                    unknown.append(item.reference)
                    continue
                rows += made
                self._keep(item, made)
        return rows, unknown

    def _rows_of_digest(self, item: Item) -> tuple[Row, ...] | None:
        """The rows of a digest that was read before, under whatever name."""
        query = (
            "SELECT reference FROM looked_at WHERE digest = ? AND way = ? "
            "ORDER BY reference != ? LIMIT 1"
        )
        found = next(self._file.ask(query, [item.digest, self._way, item.reference]), None)
        if found is None:
            return None
        return tuple(replace(row, reference=item.reference) for row in self._rows_of(found[0]))

    def _rows_of(self, reference: str) -> Iterator[Row]:
        query = "SELECT document FROM rows WHERE reference = ? ORDER BY number"
        for (document,) in list(self._file.ask(query, [reference])):
            yield _unpacked(document)

    def _keep(self, item: Item, rows: tuple[Row, ...]) -> None:
        self._file.do(
            "REPLACE INTO looked_at VALUES (?, ?, ?, ?)",
            [item.reference, item.digest, self._way, self.run],
        )
        self._file.do("DELETE FROM rows WHERE reference = ?", [item.reference])
        for number, row in enumerate(rows):
            document = zlib.compress(row.to_line().encode(), 1)
            self._file.do("INSERT INTO rows VALUES (?, ?, ?)", [item.reference, number, document])

    def layer(self, host: str, digest: str) -> LayerFacts | None:
        """What reading a layer of a registry told; nothing if it was not read."""
        query = "SELECT facts FROM layers WHERE host = ? AND digest = ? AND version = ?"
        found = next(self._file.ask(query, [host, digest, __version__]), None)
        if found is None:
            return None
        try:
            return LayerFacts(**json.loads(found[0]))
        except (TypeError, ValueError) as error:
            raise _damaged(error) from error

    def keep_layers(self, host: str, facts: dict[str, LayerFacts]) -> None:
        """Keep what reading layers told."""
        with self._file.transaction():
            for digest, it in facts.items():
                document = json.dumps({name: getattr(it, name) for name in LayerFacts.__slots__})
                self._file.do(
                    "REPLACE INTO layers VALUES (?, ?, ?, ?, ?)",
                    [host, digest, __version__, self.run, document],
                )

    def use_layers(self, host: str, digests: Iterable[str]) -> None:
        """Note that images of this run have these layers."""
        with self._file.transaction():
            for digest in digests:
                self._file.do(
                    "UPDATE layers SET run = ? WHERE host = ? AND digest = ? AND run != ?",
                    [self.run, host, digest, self.run],
                )

    def finish(self) -> None:
        """End the run: what it has not come across is gone, and forgotten."""
        with self._file.transaction():
            self._file.do(
                "DELETE FROM rows WHERE reference IN "
                "(SELECT reference FROM looked_at WHERE run != ?)",
                [self.run],
            )
            self._file.do("DELETE FROM looked_at WHERE run != ?", [self.run])
            self._file.do("DELETE FROM layers WHERE run < ?", [self.run - _RUNS_KEPT])
            self._file.do("REPLACE INTO facts VALUES ('finished', 'yes')")

    def rows(self) -> Iterator[Row]:
        """The rows of the current run so far, in the order of their references."""
        query = (
            "SELECT rows.document FROM rows JOIN looked_at USING (reference) "
            "WHERE looked_at.run = ? ORDER BY rows.reference, rows.number"
        )
        for (document,) in self._file.ask(query, [self.run]):
            yield _unpacked(document)

    @property
    def file(self) -> StateFile:
        """The file, for temporary tables."""
        return self._file

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()


def _unpacked(document: bytes) -> Row:
    try:
        return Row.from_json(json.loads(zlib.decompress(document)))
    except (zlib.error, TypeError, ArchiveError, ValueError) as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> StateError:
    return StateError(f"the state of the audit is damaged ({error}); delete the file to begin anew")
