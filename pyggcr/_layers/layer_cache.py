"""A file that remembers what the gzip of layers is: digest and size by DiffID, profile and level.

The rules:

1. A row is looked up by the hash of bytes that this process has read, not by what a config claims.
2. A row has a checksum over its key and its values. One that does not fit is as good as none.
3. What is wrong with the file costs time and a warning: nothing of it is used, nothing is raised.
4. A file that others may write is refused, as they could name another blob with a good checksum.
5. The file does not grow without end: the rows that were not used for the longest time go.

Each call opens the file anew, so forks and threads need no care, and no descriptor is left. SQLite
locks the file, and undoes what a process that was killed has left half-written.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sqlite3
import stat
import threading
import time
from pathlib import Path

from pyggcr import v1
from pyggcr._os.logs import Log
from pyggcr.errors import LayerCacheError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar
else:
    from pyggcr._typing import TypeVar

__all__ = ["LayerCache"]

MAX_ROWS = 100_000
MAX_BYTES = 32 << 20

_APPLICATION = 0x70794C43  # "pyLC"
_VERSION = 1
_SCHEMA = """
CREATE TABLE layers (
    diff_id BLOB NOT NULL, profile TEXT NOT NULL, level INTEGER NOT NULL,
    digest BLOB NOT NULL, size INTEGER NOT NULL, checksum BLOB NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (diff_id, profile, level)
) WITHOUT ROWID;
CREATE INDEX by_use ON layers (used)
"""
_FIND = "SELECT digest, size, checksum, used FROM layers WHERE diff_id=? AND profile=? AND level=?"
_ADD = "INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?, ?, ?, ?)"
_COUNT = "SELECT count(*) FROM layers"
_TOUCH = "UPDATE layers SET used=? WHERE diff_id=? AND profile=? AND level=?"
_REMOVE = "DELETE FROM layers WHERE diff_id=? AND profile=? AND level=?"
_TRIM = """
DELETE FROM layers WHERE (diff_id, profile, level) IN
    (SELECT diff_id, profile, level FROM layers ORDER BY used LIMIT ?)
"""

_WAIT = 2.0  # seconds for another process that writes
_SAME_USE = 3600  # seconds in which a second use is not written down
_TRIMMED = 10  # one part in so many goes at once
_OTHERS = stat.S_IWGRP | stat.S_IWOTH

_HASH_SIZE = 32
_PAGE = 4096  # bytes of a page, if nobody has asked SQLite for others

_T = TypeVar("_T")

_log = Log("pyggcr.layer_cache")


class LayerCache:
    """Remember the digest and size of compressed layers, in a file that processes may share.

    Args:
        path: of the file, which is made if it is not there, with the folders above it. It has to be
            in a folder that nobody but its owner may write.
        max_rows: how many layers to remember, default 100,000; those that were not used for the
            longest time go.
        max_bytes: how large the file may become, in bytes; default 32 MiB.

    Raises:
        LayerCacheError: others may write the file or its folder, or it belongs to somebody else;
            or it is no regular file.

    Examples:
        >>> import tempfile
        >>> from pyggcr import v1
        >>> folder = tempfile.TemporaryDirectory()
        >>> cache = LayerCache(folder.name + "/layers.sqlite")
        >>> diff_id, digest = v1.Hash("sha256", "1" * 64), v1.Hash("sha256", "2" * 64)
        >>> cache.put(diff_id, "go1.26", 1, digest, 1234)
        >>> cache.get(diff_id, "go1.26", 1) == (digest, 1234)
        True
        >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.path: str = os.path.abspath(path)  # noqa: PTH100  (links are refused, not followed)
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._useless = False
        self._writable = True
        self._wait = _WAIT
        self._clock: Callable[[], float] = time.time
        self._check()

    def __repr__(self) -> str:
        return f"<LayerCache {self.path}>"

    def get(self, diff_id: v1.Hash, profile: str, level: int) -> tuple[v1.Hash, int] | None:
        """Find digest and size of the gzip of a content, if they are remembered.

        Args:
            diff_id: hash of the content, of bytes that were read.
            profile: whose gzip, such as ``go1.26``.
            level: of the compression, from -2 to 9.

        Returns:
            Digest and size in bytes; ``None`` for a content that is not known, and where the file
            cannot be used or the row is damaged.

        Raises:
            LayerCacheError: others may write the file.
        """
        key = _key(diff_id, profile, level)
        row = self._run(lambda connection: connection.execute(_FIND, key).fetchone())
        if row is None:
            return None
        found = _checked(key, row)
        if found is None:
            _log.warning("the layer cache %s has a damaged row, which is not used", self.path)
        else:
            self._touch(key, row[3])
        return found

    def put(self, diff_id: v1.Hash, profile: str, level: int, digest: v1.Hash, size: int) -> None:
        """Remember what the gzip of a content is.

        Args:
            diff_id: hash of the content.
            profile: whose gzip, such as ``go1.26``.
            level: of the compression, from -2 to 9.
            digest: hash of the gzip.
            size: of the gzip in bytes.

        Raises:
            LayerCacheError: others may write the file.
        """
        key = _key(diff_id, profile, level)
        value = bytes.fromhex(digest.hex), size
        row = (*key, *value, _checksum(key, *value), int(self._clock()))

        def add(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.execute(_ADD, row)
                trimmed = self._trim(connection)
            if trimmed:
                connection.executescript("PRAGMA incremental_vacuum")  # execute takes one step

        self._write(add, create=True)

    def remove(self, diff_id: v1.Hash, profile: str, level: int) -> None:
        """Forget a content.

        Args:
            diff_id: hash of the content.
            profile: whose gzip, such as ``go1.26``.
            level: of the compression, from -2 to 9.

        Raises:
            LayerCacheError: others may write the file.
        """
        key = _key(diff_id, profile, level)
        self._write(lambda connection: connection.execute(_REMOVE, key))

    def count(self) -> int:
        """Count the layers that are remembered.

        Returns:
            The number of rows; 0 where the file cannot be used.

        Raises:
            LayerCacheError: others may write the file.
        """
        found = self._run(lambda connection: connection.execute(_COUNT).fetchone())
        return 0 if found is None else int(found[0])

    def _touch(self, key: tuple[bytes, str, int], used: object) -> None:
        """Note that a row was used, unless that was noted a short while ago."""
        now = int(self._clock())
        if not isinstance(used, int) or not 0 <= now - used < _SAME_USE:
            self._write(lambda connection: connection.execute(_TOUCH, (now, *key)))

    def _trim(self, connection: sqlite3.Connection) -> bool:
        """Remove the rows that were not used for the longest time, if there are too many."""
        ((rows,),) = connection.execute(_COUNT)
        surplus = rows - self._max_rows
        taken = _pages(connection, "page_count") - _pages(connection, "freelist_count")
        allowed = self._max_bytes // _PAGE
        if taken > allowed:
            surplus = max(surplus, rows - rows * allowed // taken)
        if surplus <= 0:
            return False
        kept = max(1, rows - surplus)
        connection.execute(_TRIM, (rows - kept + kept // _TRIMMED,))
        return True

    def _check(self) -> bool:
        """Whether the file is there.

        Raises:
            LayerCacheError: it is not one's own, no file, or its path has a NUL character.
        """
        folder = Path(self.path).parent
        try:
            self._check_owner(folder.stat(), f"the folder {folder} of the layer cache")
            found = Path(self.path).lstat()
        except OSError:
            return False
        except ValueError as error:
            raise LayerCacheError(f"{self.path!r} is no path for a layer cache: {error}") from None
        shown = f"the layer cache {self.path}"
        if not stat.S_ISREG(found.st_mode):
            kind = "a symbolic link" if stat.S_ISLNK(found.st_mode) else "no regular file"
            raise LayerCacheError(f"{shown} is {kind}; name a file, or one to be made")
        self._check_owner(found, shown)
        return True

    def _check_owner(self, found: os.stat_result, shown: str) -> None:
        if not hasattr(os, "geteuid"):
            return  # Windows says nothing of owners here
        if found.st_uid not in (0, os.geteuid()):
            raise LayerCacheError(
                f"{shown} belongs to user {found.st_uid}, who could name other blobs in it; "
                "use a file and a folder of your own"
            )
        if found.st_mode & _OTHERS:
            raise LayerCacheError(
                f"{shown} may be written by others (mode {stat.S_IMODE(found.st_mode):04o}), who "
                "could name other blobs in it; take that right away (chmod go-w), or use a folder "
                "of your own"
            )

    def _write(self, work: Callable[[sqlite3.Connection], object], *, create: bool = False) -> None:
        if self._writable:
            self._run(work, create=create)

    def _run(self, work: Callable[[sqlite3.Connection], _T], *, create: bool = False) -> _T | None:
        """What the work returns; nothing where there is no file, or it cannot be used."""
        with self._lock:
            if self._useless or not (self._check() or create):
                return None
            try:
                if create:
                    self._create()
                with contextlib.closing(self._connect()) as connection:
                    return work(connection) if self._is_ready(connection, create) else None
            except (sqlite3.Error, sqlite3.Warning, OSError, ValueError, OverflowError) as error:
                self._complain(error)
        return None

    def _create(self) -> None:
        """Make the file, and its folder: for nobody else, whatever the umask says."""
        Path(self.path).parent.mkdir(0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        self._check()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._wait, isolation_level=None, check_same_thread=False
        )
        connection.text_factory = bytes  # a damaged text is no reason for an error of its own
        return connection

    def _is_ready(self, connection: sqlite3.Connection, create: bool) -> bool:
        """Whether the file has our table; an empty file gets it if it is to be written."""
        connection.execute("PRAGMA synchronous = NORMAL")
        if _version_of(connection) == (0, 0, 0):
            if not create:
                return False
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            with _transaction(connection):
                if _version_of(connection) == (0, 0, 0):  # nobody else was quicker
                    for statement in _SCHEMA.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
        _, application, version = _version_of(connection)
        if application != _APPLICATION:
            raise sqlite3.DatabaseError("it is the database of another program")
        if version != _VERSION:
            raise sqlite3.DatabaseError(
                f"another version of pyggcr made it: its schema is {version}, not {_VERSION}"
            )
        return True

    def _complain(self, error: Exception) -> None:
        """Say once why the file, or writing to it, is of no use."""
        text = str(error)
        code = getattr(error, "errno", None)  # what the system says, beside SQLite's texts
        if "locked" in text:
            if self._wait:
                _log.warning("the layer cache %s is in use for long; going on without", self.path)
            self._wait = 0.0
        elif "readonly" in text or code == errno.EROFS:
            self._writable = False
        elif "is full" in text or code in (errno.ENOSPC, errno.EDQUOT):
            self._writable = False
            _log.warning("the layer cache %s cannot be written: %s", self.path, text)
        else:
            self._useless = True
            _log.warning(
                "the layer cache %s cannot be used: %s; delete the file, or name another one",
                self.path,
                text,
            )


def _key(diff_id: v1.Hash, profile: str, level: int) -> tuple[bytes, str, int]:
    return bytes.fromhex(diff_id.hex), profile, level


def _checksum(key: tuple[bytes, str, int], digest: bytes, size: int) -> bytes:
    """Covers the key too, so that no row can stand for another one."""
    diff_id, profile, level = key
    text = f"{diff_id.hex()} {profile} {level} {digest.hex()} {size}"
    return hashlib.sha256(text.encode()).digest()


def _checked(key: tuple[bytes, str, int], row: tuple[object, ...]) -> tuple[v1.Hash, int] | None:
    """What a row says, if its checksum fits."""
    digest, size, checksum = row[:3]
    if not isinstance(digest, bytes) or not isinstance(size, int) or len(digest) != _HASH_SIZE:
        return None
    if size < 0 or checksum != _checksum(key, digest, size):
        return None
    return v1.Hash("sha256", digest.hex()), size


def _version_of(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """How many tables there are, whose file it is, and of which version."""
    ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
    ((application,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    return tables, application, version


def _pages(connection: sqlite3.Connection, pragma: str) -> int:
    ((count,),) = connection.execute(f"PRAGMA {pragma}")
    return int(count)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is done inside is written in the end, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
