"""``Entry``: one file, folder or link of a layer, or a file of the base that a layer deletes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Mapping

from pyggcr._dataclasses import dataclass, field
from pyggcr._layers.file_names import WHITEOUT
from pyggcr.errors import BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Literal, Protocol, TypeAlias
else:
    from pyggcr._typing import Literal, Protocol

__all__ = [
    "Content",
    "Entry",
    "Kind",
    "Source",
    "Watched",
    "clean_path",
    "entries_of",
]

Kind = Literal["file", "folder", "symlink", "hardlink", "whiteout", "opaque"]

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755
_LINK_MODE = 0o777
_MODE_BITS = 0o7777


class Watched(Protocol):
    """A source of entries that may change while they are read."""

    def check(self) -> None:
        """Check that the source has not changed.

        Raises:
            SourceChangedError: it has changed.
        """


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file.

    Attributes:
        size: how many there are.
        open: opens them as a binary stream.
    """

    size: int
    open: Callable[[], BinaryIO | io.RawIOBase | io.BufferedIOBase]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a layer, made by ``Entry.file``, ``folder``, ``symlink`` and ``hardlink``.

    Attributes:
        path: in the image, without a slash at either end.
        kind: what it is.
        mode: permission bits.
        owner: user and group, by number.
        content: the content of a file.
        target: the target of a link; for a hard link, a path like ``path``.
        xattrs: extended attributes by name, such as ``security.capability``.
        shown: what error messages call it.
        watched: the source of the entry, if it may change.

    Examples:
        >>> Entry.file("/etc/motd", "hello").path
        'etc/motd'
    """

    path: str
    kind: Kind
    mode: int = _FILE_MODE
    owner: tuple[int, int] = (0, 0)
    content: Content | None = field(default=None, repr=False)
    target: str = ""
    xattrs: Mapping[str, bytes] | None = None
    shown: str = ""
    watched: Watched | None = field(default=None, repr=False, compare=False)

    @staticmethod
    def file(
        path: str | os.PathLike[str],
        content: bytes | str,
        *,
        mode: int = _FILE_MODE,
        owner: tuple[int, int] = (0, 0),
        xattrs: Mapping[str, bytes] | None = None,
    ) -> Entry:
        """Make a file from bytes.

        Args:
            path: the path in the image, with or without a slash at the beginning.
            content: bytes; a text is written as UTF-8.
            mode: permission bits; default 0644.
            owner: user and group, by number; default root.
            xattrs: extended attributes by name, such as ``security.capability``; default none.

        Returns:
            The entry.

        Raises:
            BuildError: the path leads out of the image, or the mode is invalid.
        """
        data = content.encode() if isinstance(content, str) else bytes(content)
        return Entry(
            clean_path(path),
            "file",
            _checked_mode(mode),
            owner,
            Content(len(data), lambda: io.BytesIO(data)),
            xattrs=xattrs,
        )

    @staticmethod
    def folder(
        path: str | os.PathLike[str],
        *,
        mode: int = _FOLDER_MODE,
        owner: tuple[int, int] = (0, 0),
        xattrs: Mapping[str, bytes] | None = None,
    ) -> Entry:
        """Make a folder.

        Args:
            path: the path in the image, with or without a slash at the beginning.
            mode: permission bits; default 0755.
            owner: user and group, by number; default root.
            xattrs: extended attributes by name, such as ``security.capability``; default none.

        Returns:
            The entry.

        Raises:
            BuildError: the path leads out of the image, or the mode is invalid.
        """
        return Entry(clean_path(path), "folder", _checked_mode(mode), owner, xattrs=xattrs)

    @staticmethod
    def symlink(
        path: str | os.PathLike[str], target: str, *, owner: tuple[int, int] = (0, 0)
    ) -> Entry:
        """Make a symbolic link.

        Args:
            path: the path in the image, with or without a slash at the beginning.
            target: where it leads; it is stored as it is.
            owner: user and group, by number; default root.

        Returns:
            The entry.

        Raises:
            BuildError: the path leads out of the image, or the target is empty or invalid.
        """
        if not target or "\0" in target:
            raise BuildError(f"{path}: a symbolic link cannot lead to {target!r}")
        return Entry(clean_path(path), "symlink", _LINK_MODE, owner, target=target)

    @staticmethod
    def hardlink(path: str | os.PathLike[str], target: str | os.PathLike[str]) -> Entry:
        """Make a hard link to another file of the image.

        Args:
            path: the path in the image, with or without a slash at the beginning.
            target: the path of that file.

        Returns:
            The entry.

        Raises:
            BuildError: a path leads out of the image.
        """
        return Entry(clean_path(path), "hardlink", target=clean_path(target))


Source: TypeAlias = "Mapping[str, bytes | str | Entry] | Iterable[Entry] | Entry"


def entries_of(source: Source) -> Iterable[Entry]:
    """Return the entries of a source.

    Args:
        source: an entry, entries, or a mapping of paths to bytes, texts or entries.

    Returns:
        The entries.

    Raises:
        BuildError: the source cannot be used.
        TypeError: a value has another type.
    """
    if isinstance(source, Entry):
        return [source]
    if isinstance(source, Mapping):
        return [_mapped(path, value) for path, value in source.items()]
    return source


def _mapped(path: str, value: bytes | str | Entry) -> Entry:
    if not isinstance(value, Entry):
        return Entry.file(path, value)
    if value.path != clean_path(path):
        raise BuildError(f"{path}: the entry is of /{value.path}")
    return value


def clean_path(path: str | os.PathLike[str]) -> str:
    """Normalize a path in the image: no slash at either end, and no ``.``.

    Args:
        path: the path.

    Returns:
        The normalized path.

    Raises:
        BuildError: the path is the root itself, contains ``..`` or NUL, is a whiteout, or is not a
            text.
    """
    text = os.fspath(path)
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BuildError(f"{text}: a path in an image cannot contain ..")
    if "\0" in text:
        raise BuildError(f"{text!r}: a path cannot contain NUL")
    if not parts:
        raise BuildError(f"{text!r}: the root of an image cannot be written")
    for part in parts:
        if part.startswith(WHITEOUT):
            raise BuildError(
                f"{text}: {part} would delete a file of the image; use deleted= for that"
            )
    return "/".join(parts)


def _checked_mode(mode: int) -> int:
    if mode & ~_MODE_BITS:
        raise BuildError(f"mode {mode:#o} is more than permission bits")
    return mode
