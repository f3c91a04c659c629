"""Uploads under way: files that grow, and become blobs once their bytes have the digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from pyggcr._python.registry.conforming.files import Files, synced
from pyggcr._python.registry.exchange import BodyError, Refusal
from pyggcr.v1.hash import Hash, hasher

__all__ = ["Upload", "Uploads"]

_CHUNK = 1 << 20
_IDENTIFIER = re.compile("[0-9a-f]{32}")
# Uploads that nobody has gone on with for a week are removed when a registry starts, in seconds.
_STALE = 7 * 24 * 3600
_MOST_STATES = 10_000
_UNKNOWN = (404, "BLOB_UPLOAD_UNKNOWN", "unknown upload")


class _State:
    """What this process knows of an upload: who writes, and the SHA-256 of what it saw come."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.writer: object = None
        self.sha256 = hashlib.sha256()
        self.hashed = 0


class Upload:
    """One upload.

    Attributes:
        identifier: stands in its address.
        size: of what has come, in bytes.
    """

    def __init__(self, files: Files, identifier: str, state: _State) -> None:
        self.identifier = identifier
        self._files = files
        self._path = files.uploads / identifier
        self._state = state

    @property
    def size(self) -> int:
        """How many bytes have come."""
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            raise Refusal(*_UNKNOWN) from None

    def append(self, pieces: Iterator[bytes], begin: int | None) -> None:
        """Take bytes; what has come stays if the rest does not come.

        Whoever comes last may write: a connection may have broken for the client, which goes on
        with another one, and not yet for the server.

        Args:
            pieces: the bytes.
            begin: their position; ``None`` for the end of what is there.

        Raises:
            Refusal: they do not follow what is there, or do not all come.
        """
        mine = object()
        with self._state.lock:
            self._state.writer = mine
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise Refusal(*_UNKNOWN) from None
        try:
            position = os.fstat(descriptor).st_size
            if begin not in (None, position):
                raise self._refused(position)
            for piece in pieces:
                with self._state.lock:
                    if self._state.writer is not mine:
                        raise self._refused(position)
                    self._write(descriptor, piece, position)
                    position += len(piece)
        except BodyError as error:
            raise Refusal(400, "BLOB_UPLOAD_INVALID", str(error)) from None
        finally:
            os.close(descriptor)

    def _refused(self, size: int) -> Refusal:
        return Refusal(416, "BLOB_UPLOAD_INVALID", f"the next byte is {size}")

    def _write(self, descriptor: int, piece: bytes, position: int) -> None:
        state = self._state
        if state.hashed == position:
            state.sha256.update(piece)
            state.hashed += len(piece)
        view = memoryview(piece)
        while view:
            count = os.pwrite(descriptor, view, position)
            position += count
            view = view[count:]

    def finish(self, name: str, digest: Hash) -> None:
        """Make it a blob of a repository.

        Raises:
            Refusal: its bytes have another digest; it is gone then.
        """
        with self._state.lock:
            self._state.writer = None
            found = self._digest(digest.algorithm)
            if found != digest:
                self._remove()
                raise Refusal(400, "DIGEST_INVALID", f"the content has the digest {found}")
            content = self._files.content(digest)
            content.parent.mkdir(parents=True, exist_ok=True)
            if content.exists() and _digest_of(content, digest.algorithm) != digest:
                # The disk damaged it; other repositories keep the damaged one.
                self._files.remove(content)
                self._files.remove(self._files.blob(name, digest))
            if not content.exists():
                self._sync()
                # Two clients may push the same blob.
                with contextlib.suppress(FileExistsError):
                    os.link(self._path, content)
                synced(content.parent)
            if not self._files.link(name, digest):
                # Somebody deleted it everywhere meanwhile.
                os.link(self._path, content)
                self._files.link(name, digest)
            self._remove()

    def _digest(self, algorithm: str) -> Hash:
        if algorithm == "sha256" and self._state.hashed == self.size:
            return Hash(algorithm, self._state.sha256.hexdigest())
        return _digest_of(self._path, algorithm)

    def _sync(self) -> None:
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def cancel(self) -> None:
        """Forget it."""
        with self._state.lock:
            self._state.writer = None
            self._remove()

    def _remove(self) -> None:
        self._files.remove(self._path)
        self._files.remove(self._path.with_suffix(".repository"))


def _digest_of(path: Path, algorithm: str) -> Hash:
    found = hasher(algorithm)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            found.update(piece)
    return Hash(algorithm, found.hexdigest())


class Uploads:
    """All uploads under way."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._states: OrderedDict[str, _State] = OrderedDict()
        self._lock = threading.Lock()
        self._remove_stale()

    def _remove_stale(self) -> None:
        oldest = time.time() - _STALE
        for owner in list(self._files.uploads.glob("*.repository")):
            path = owner.with_suffix("")
            if not path.exists() or path.stat().st_mtime < oldest:
                self._files.remove(path)
                self._files.remove(owner)

    def begin(self, name: str) -> Upload:
        """Begin an upload to a repository."""
        identifier = secrets.token_hex(16)
        path = self._files.uploads / identifier
        path.with_suffix(".repository").write_text(name)
        path.touch(exist_ok=False)
        return self._upload(identifier)

    def find(self, name: str, identifier: str) -> Upload:
        """The upload of a repository with this identifier.

        Raises:
            Refusal: there is none.
        """
        if not _IDENTIFIER.fullmatch(identifier):
            raise Refusal(*_UNKNOWN)
        path = self._files.uploads / f"{identifier}.repository"
        if self._files.read(path) != name.encode():
            raise Refusal(*_UNKNOWN)
        return self._upload(identifier)

    def _upload(self, identifier: str) -> Upload:
        with self._lock:
            state = self._states.pop(identifier, None) or _State()
            self._states[identifier] = state
            if len(self._states) > _MOST_STATES:
                self._states.popitem(last=False)  # is hashed again when it ends
        return Upload(self._files, identifier, state)

    def forget(self, upload: Upload) -> None:
        """Let go of what is known of an upload that has ended."""
        with self._lock:
            self._states.pop(upload.identifier, None)
