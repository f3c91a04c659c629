"""The folder of a registry: content by digest, and what each repository has of it.

    blobs/sha256/ab/abcd…             content, complete and synced before it gets this name
    uploads/ID, uploads/ID.repository what has come of a blob, and where it belongs
    repositories/NAME/_blobs/sha256/HEX      a hard link to the content
    repositories/NAME/_manifests/sha256/HEX  the media type, a newline, and the manifest
    repositories/NAME/_tags/TAG              a digest
    repositories/NAME/_referrers/sha256/HEX/sha256-HEX  a descriptor, by the digest of its subject

A name of a repository is checked before it becomes a path: its parts begin with a letter or a
digit, so that none leaves the folder, and none is one of the folders with an underscore.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from pyggcr._os.atomic_write import atomic_write
from pyggcr._python.registry.exchange import Refusal
from pyggcr.errors import InvalidHashError, MissingPathError
from pyggcr.v1.hash import Hash, new_hash

__all__ = ["Files", "digest_of", "is_tag", "synced"]

_NAME = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_LONGEST_NAME = 255
_TAG = re.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


def is_tag(text: str) -> bool:
    """Whether a text can be a tag."""
    return _TAG.fullmatch(text) is not None


def digest_of(text: str) -> Hash:
    """A digest in a request.

    Raises:
        Refusal: it is none.
    """
    try:
        return new_hash(text)
    except InvalidHashError as error:
        raise Refusal(400, "DIGEST_INVALID", str(error)) from None


def synced(folder: Path) -> None:
    """See that the names in a folder survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Files:
    """The paths in a registry's folder, and its small files."""

    def __init__(self, folder: str) -> None:
        """Take a folder, which is made if need be.

        Raises:
            OSError: it cannot be made.
        """
        self._folder = Path(folder)
        self.uploads = self._folder / "uploads"
        self._repositories = self._folder / "repositories"
        for it in (self.uploads, self._repositories):
            it.mkdir(parents=True, exist_ok=True)

    def content(self, digest: Hash) -> Path:
        """Where a blob is, whatever repository has it."""
        return self._folder / "blobs" / digest.algorithm / digest.hex[:2] / digest.hex

    def repository(self, name: str) -> Path:
        """The folder of a repository.

        Raises:
            Refusal: that is no name.
        """
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise Refusal(400, "NAME_INVALID", "invalid repository name")
        return self._repositories / name

    def blob(self, name: str, digest: Hash) -> Path:
        """A repository's link to a blob."""
        return self.repository(name) / "_blobs" / digest.algorithm / digest.hex

    def manifest(self, name: str, digest: Hash) -> Path:
        """The file of a manifest."""
        return self.repository(name) / "_manifests" / digest.algorithm / digest.hex

    def tag(self, name: str, tag: str) -> Path:
        """The file of a tag; the tag is valid."""
        return self.repository(name) / "_tags" / tag

    def referrers(self, name: str, subject: Hash) -> Path:
        """The folder of what refers to a manifest."""
        return self.repository(name) / "_referrers" / subject.algorithm / subject.hex

    def write(self, path: Path, content: bytes) -> None:
        """Write a small file that is there with all its content, or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(content)
            file.sync()
        synced(path.parent)

    def read(self, path: Path) -> bytes | None:
        """The content of a small file; ``None`` if there is none."""
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, MissingPathError):
            return None

    def remove(self, path: Path) -> bool:
        """Remove a file; whether it was there."""
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def link(self, name: str, digest: Hash) -> bool:
        """Give a repository a blob that is there; ``False`` if it is not."""
        path = self.blob(name, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.content(digest), path)
        except FileExistsError:
            return True
        except FileNotFoundError:
            return False
        synced(path.parent)
        return True

    def unlink(self, name: str, digest: Hash) -> bool:
        """Take a blob away from a repository, and from the disk once nobody has it."""
        if not self.remove(self.blob(name, digest)):
            return False
        content = self.content(digest)
        with contextlib.suppress(FileNotFoundError):
            if content.stat().st_nlink == 1:
                content.unlink()
        return True

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, sorted, without files that are being written."""
        try:
            with os.scandir(folder) as entries:
                return sorted(it.name for it in entries if it.name[0] != ".")
        except (FileNotFoundError, NotADirectoryError):
            return []

    def exists(self, name: str) -> bool:
        """Whether anything was pushed to a repository."""
        folder = self.repository(name)
        return any((folder / it).is_dir() for it in ("_manifests", "_blobs"))

    def all_repositories(self) -> Iterator[str]:
        """The names of all repositories with manifests, sorted."""
        return iter(sorted(self._below(self._repositories, "")))

    def _below(self, folder: Path, prefix: str) -> Iterator[str]:
        for name in self.names(folder):
            if name.startswith("_"):
                continue
            inner = folder / name
            if (inner / "_manifests").is_dir():
                yield f"{prefix}{name}"
            yield from self._below(inner, f"{prefix}{name}/")
