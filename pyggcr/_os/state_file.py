"""What a long job has done so far, in a SQLite file: it goes on there after an interruption.

What a transaction has written is there after a ``kill -9``, or nothing of it. One process at a
time has a file open. Errors of SQLite become ``StateError``. The tables are the job's business.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence

from pyggcr._os.closeable import Closeable
from pyggcr.errors import StateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["StateFile"]

_CACHE = -8192  # KiB of pages that SQLite keeps in memory


class StateFile(Closeable):
    """A database that this process alone has open.

    It may be used from any thread, but by one at a time.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        *,
        what: str,
        application: int,
        version: int,
        schema: str,
    ) -> None:
        """Open it, or make it.

        Args:
            path: of the file; ``None`` for one that is deleted when it is closed.
            what: whose state it is, in words for errors, such as ``an audit``.
            application: the number that says the same in the file (SQLite's application_id).
            version: of the schema; a file of another version is refused.
            schema: makes the tables, separated by semicolons.

        Raises:
            StateError: it is another's file, of another version, damaged, or in use.
        """
        self._shown = "" if path is None else os.fspath(path)
        self._what = what
        self._connection = self._connect()
        try:
            with self.transaction():
                self._check(application, version, schema)
        except BaseException:
            self._connection.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        with self._told():
            connection = sqlite3.connect(
                self._shown, timeout=0, isolation_level=None, check_same_thread=False
            )
        try:
            with self._told():
                # Before anything else: a journal of shared memory would need a third file.
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(f"PRAGMA cache_size = {_CACHE}")
                connection.execute("PRAGMA temp_store = FILE")
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, application: int, version: int, schema: str) -> None:
        ((found,),) = self.ask("PRAGMA application_id")
        ((written,),) = self.ask("PRAGMA user_version")
        ((tables,),) = self.ask("SELECT count(*) FROM sqlite_master")
        if not tables and not found and not written:
            for statement in schema.split(";"):
                self.do(statement)
            self.do(f"PRAGMA application_id = {application}")
            self.do(f"PRAGMA user_version = {version}")
        elif found != application:
            raise StateError(f"{self._shown} is not the state of {self._what}; name another file")
        elif written != version:
            raise StateError(
                f"{self._shown} was written by another version of pyggcr (its schema is "
                f"{written}, not {version}); delete it to begin anew"
            )

    def do(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; how many rows it changed."""
        with self._told():
            return self._connection.execute(statement, values).rowcount

    def ask(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one after the other."""
        with self._told():
            cursor = self._connection.execute(query, values)
        while True:
            with self._told():
                row = cursor.fetchone()
            if row is None:
                return
            yield row

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside is written in the end, or nothing of it."""
        self.do("BEGIN IMMEDIATE")
        try:
            yield
            self.do("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Raise SQLite's errors as our own."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._error(error) from error

    def _error(self, error: sqlite3.Error) -> StateError:
        shown = self._shown or "the state in a temporary file"
        text = str(error)
        if "locked" in text or "busy" in text:
            return StateError(f"{shown} is in use by another process")
        if isinstance(error, sqlite3.OperationalError):
            return StateError(f"{shown}: {text}")
        if isinstance(error, sqlite3.ProgrammingError):
            return StateError(f"{shown}: already closed")
        return StateError(
            f"{shown} is damaged, or not the state of {self._what} ({text}); delete it to begin "
            "anew, or name another file"
        )

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._connection.close()
