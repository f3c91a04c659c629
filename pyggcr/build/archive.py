"""Write the tar of a layer: check its entries, sort them, and write them piece by piece.

Whatever the sources, the tar depends only on the entries: paths are sorted part by part, folders
come before their content, whiteouts come first in their folder, and hard links come last of all.

A layer needs the folders above its files: Docker unpacks each layer by itself, and a folder that it
has to create hides that of the image below (opencontainers/image-spec issue 1221), in some versions
with mode 0600 (moby issue 44106).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from pyggcr import limits
from pyggcr._gostd.tar.header import Header, Time, decode
from pyggcr._gostd.tar.writer import Writer
from pyggcr._layers.file_names import OPAQUE, WHITEOUT
from pyggcr.build.entry import Entry, clean_path, entries_of
from pyggcr.errors import ArchiveError, BuildError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from typing_extensions import Buffer

    from pyggcr.build.entry import Source, Watched

__all__ = ["arranged", "pieces"]

_TYPES = {
    "file": "0",
    "folder": "5",
    "symlink": "2",
    "hardlink": "1",
    "whiteout": "0",
    "opaque": "0",
}
# Folders above files are like any other, except that these have modes of their own ...
_PARENT_MODE = 0o755
_PARENT_MODES = {"tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700}
# ... and these are links to /usr in most images: a folder of that name would replace the link.
_OFTEN_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")

_WHITEOUTS = ("whiteout", "opaque")
_OWNERS = 1 << 32  # what Linux has
_PIECE = 1 << 18
_READ_SIZE = 1 << 20


def arranged(
    sources: Iterable[Source],
    deleted: Iterable[str | os.PathLike[str]],
    opaque: Iterable[str | os.PathLike[str]],
    *,
    lowest: bool,
) -> list[Entry]:
    """Check and sort the entries of all sources, with whiteouts and the folders above them.

    Args:
        sources: entries, as for ``layer``.
        deleted: paths to delete.
        opaque: folders to hide the lower content of.
        lowest: whether there is no image below.

    Returns:
        Entries in the order of the tar.

    Raises:
        BuildError: two sources write the same path; or a path goes through something that is not a
            folder, or is both written and deleted.
        TypeError: a source has another type.
    """
    known: dict[str, Entry] = {}
    for source in sources:
        for entry in entries_of(source):
            if not isinstance(entry, Entry):
                raise TypeError(f"expected an Entry, not {type(entry).__name__}")
            _add(known, entry)
    for entry in known.values():
        _check_parents(known, entry)
        _check_target(known, entry)
    whiteouts = [Entry(clean_path(path), "whiteout") for path in deleted]
    _check_deleted(known, {entry.path for entry in whiteouts})
    hidden = [Entry(path, "opaque") for path in {clean_path(path) for path in opaque}]
    for entry in hidden:
        _check_folder(known, entry)
    unique = {entry.path: entry for entry in whiteouts}.values()
    entries = [*known.values(), *unique, *hidden]
    return sorted((*entries, *_parents(entries, known, lowest)), key=_place)


def _parents(entries: Iterable[Entry], known: Mapping[str, Entry], lowest: bool) -> Iterator[Entry]:
    """The folders that no source has."""
    done = set(known) if lowest else {*known, *_OFTEN_LINKS}
    for entry in entries:
        path = entry.path if entry.kind == "opaque" else entry.path.rpartition("/")[0]
        while path:
            if path not in done:
                done.add(path)
                yield Entry.folder(path, mode=_PARENT_MODES.get(path, _PARENT_MODE))
            path = path.rpartition("/")[0]


def _add(known: dict[str, Entry], entry: Entry) -> None:
    if clean_path(entry.path) != entry.path:
        raise BuildError(f"{entry.path}: an entry's path has a slash or a dot too many")
    if not all(0 <= number < _OWNERS for number in entry.owner):
        raise BuildError(f"/{entry.path}: {entry.owner} are no numbers of a user and a group")
    before = known.get(entry.path)
    if before is not None and not before.kind == entry.kind == "folder":
        raise BuildError(
            f"/{entry.path} is written twice: from {_origin(before)} and from {_origin(entry)}"
        )
    known[entry.path] = entry


def _origin(entry: Entry) -> str:
    return entry.shown or f"a {entry.kind} that was given"


def _check_parents(known: Mapping[str, Entry], entry: Entry) -> None:
    parent = entry.path.rpartition("/")[0]
    while parent:
        above = known.get(parent)
        if above is not None and above.kind != "folder":
            raise BuildError(f"/{entry.path} cannot be written: /{parent} is a {above.kind}")
        parent = parent.rpartition("/")[0]


def _check_target(known: Mapping[str, Entry], entry: Entry) -> None:
    # A hard link may lead to a file of the base, which nobody knows here.
    target = known.get(entry.target) if entry.kind == "hardlink" else None
    if target is not None and target.kind != "file":
        raise BuildError(f"/{entry.path} cannot be a hard link to /{target.path}: a {target.kind}")


def _check_folder(known: Mapping[str, Entry], entry: Entry) -> None:
    written = known.get(entry.path)
    if written is not None and written.kind != "folder":
        raise BuildError(f"/{entry.path} cannot be opaque: it is a {written.kind}")


def _check_deleted(known: Mapping[str, Entry], deleted: set[str]) -> None:
    for path in known if deleted else ():
        above = path
        while above:
            if above in deleted:
                # What becomes of it depends on who unpacks the layer.
                raise BuildError(
                    f"/{path} is written and /{above} deleted by one layer; "
                    "use opaque= to replace what is in a folder"
                )
            above = above.rpartition("/")[0]


def _place(entry: Entry) -> tuple[object, ...]:
    parts = [os.fsencode(part) for part in entry.path.split("/")]
    if entry.kind == "opaque":
        parts.append(b"")
    order = [(1, part) for part in parts]
    if entry.kind in _WHITEOUTS:
        order[-1] = (0, parts[-1])
    return (entry.kind == "hardlink", order)


class _Sink:
    """What the writer has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self.size = 0

    def write(self, data: Buffer) -> None:
        piece = bytes(data)
        self._waiting.append(piece)
        self.size += len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        self.size = 0
        return taken


def pieces(entries: Iterable[Entry], seconds: int) -> Generator[bytes, None, None]:
    """Write the tar, piece by piece.

    Args:
        entries: in the order of ``arranged``.
        seconds: the time of each entry, in seconds since 1970.

    Yields:
        Pieces of the tar.

    Raises:
        SourceChangedError: a file changed after it was listed.
        BuildError: a tar cannot hold an entry.
        Error: the content of a file cannot be read; the subclass says why.
    """
    sink = _Sink()
    writer = Writer(sink)
    watched: dict[int, Watched] = {}
    for entry in entries:
        if entry.watched is not None:
            watched[id(entry.watched)] = entry.watched
        try:
            writer.write_header(_header(entry, seconds))
        except ArchiveError as error:
            raise BuildError(f"/{entry.path}: {error}") from None
        if entry.content is not None:
            for piece in _content(entry):
                writer.write(piece)
                if sink.size >= _PIECE:
                    yield sink.take()
        if sink.size >= _PIECE:
            yield sink.take()
    for it in watched.values():
        it.check()
    writer.close()
    yield sink.take()


def _content(entry: Entry) -> Iterator[bytes]:
    assert entry.content is not None
    missing = entry.content.size
    with entry.content.open() as stream:
        while piece := stream.read(_READ_SIZE):
            limits.current().advance(len(piece))
            missing -= len(piece)
            if missing < 0:
                break
            yield piece
    if missing:
        raise BuildError(f"/{entry.path}: its content is not {entry.content.size} bytes long")


def _header(entry: Entry, seconds: int) -> Header:
    name = entry.path
    if entry.kind == "folder":
        name += "/"
    elif entry.kind == "whiteout":
        parent, slash, last = name.rpartition("/")
        name = f"{parent}{slash}{WHITEOUT}{last}"
    elif entry.kind == "opaque":
        name = f"{name}/{OPAQUE}"
    user, group = entry.owner
    return Header(
        name,
        typeflag=_TYPES[entry.kind],
        linkname=entry.target,
        size=entry.content.size if entry.content is not None else 0,
        mode=entry.mode,
        uid=user,
        gid=group,
        mod_time=Time(seconds, 0),
        xattrs={key: decode(value) for key, value in sorted((entry.xattrs or {}).items())} or None,
    )
