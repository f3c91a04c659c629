"""Compare two images: configs, layers and files."""

from __future__ import annotations

import functools
import json
from collections import deque
from collections.abc import Iterable, Iterator

from pyggcr import limits, v1
from pyggcr._dataclasses import dataclass, replace
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.rootfs.file_system import FileSystem
from pyggcr.rootfs.tree import File, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

__all__ = ["Change", "ComparedLayer", "Comparison", "Setting", "compare"]


# What layers are compared for, and what old builders wrote about the container they built in.
_NOT_SETTINGS = ("rootfs", "history", "container", "container_config")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value in the config files that differs.

    Attributes:
        name: its place, such as ``config.Env``.
        first: the JSON value in the first image; ``None`` if there is none.
        second: the JSON value in the second image; ``None`` if there is none.
    """

    name: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class ComparedLayer:
    """A layer of one or both images.

    Attributes:
        diff_id: the digest of its content.
        first: its index in the first image; ``None`` if it is not there.
        second: its index in the second image; ``None`` if it is not there.
        size: the size of its files in bytes; ``None`` if it was not read.
    """

    diff_id: str
    first: int | None
    second: int | None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs.

    Attributes:
        path: its path in the images.
        kind: ``added``, ``removed`` or ``changed``.
        fields: what differs in a changed file: ``type``, ``content``, ``mode``, ``owner``,
            ``target``, ``device``, ``xattrs`` or ``mtime``.
        first: the file in the first image; ``None`` if it is not there, or only in a layer that was
            not read.
        second: the file in the second image; likewise.
    """

    path: str
    kind: str
    fields: tuple[str, ...]
    first: File | None
    second: File | None

    @property
    def growth(self) -> int:
        """The number of bytes by which the file is larger in the second image."""
        both = (self.first, self.second)
        first, second = (it.size if it and it.type == "file" else 0 for it in both)
        return second - first


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between two images.

    Attributes:
        settings: values of the config file, sorted by name.
        layers: all layers: those of the first image in order, then those that only the second has.
        files: the files, sorted by path.
        unread: the number of layers that both images have and that were not read. A file in them is
            reported as added or removed, if one image has another version of it.
    """

    settings: tuple[Setting, ...]
    layers: tuple[ComparedLayer, ...]
    files: tuple[Change, ...]
    unread: int

    @property
    def equal(self) -> bool:
        """Whether there are no differences."""
        return (
            not self.settings
            and not self.files
            and all(it.first is not None and it.second is not None for it in self.layers)
        )


def compare(
    first: v1.Image,
    second: v1.Image,
    *,
    every_layer: bool = False,
    times: bool = False,
    files: bool = True,
) -> Comparison:
    """Compare two images: their configs, layers and files.

    Layers that both have in the same order, by the DiffIDs of the config files, are not read.

    Args:
        first: an image of either engine, or your own.
        second: another image.
        every_layer: also read the layers that both have, to tell changed files from added and
            removed ones; default false.
        times: also compare times: of the creation of an image, and of the last change of a file;
            default false.
        files: whether to compare files; default true. If false, no layer is read.

    Returns:
        The differences.

    Raises:
        ArchiveError: a layer is not a tar, or has a file outside the image.
        Error: the image cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import crane
        >>> result = compare(crane.image({"a": b"1"}), crane.image({"a": b"22", "b": b""}))
        >>> [(change.kind, change.path, change.fields, change.growth) for change in result.files]
        [('changed', 'a', ('content',), 1), ('added', 'b', (), 0)]
    """
    images = (first, second)
    layers = _compared_layers(images)
    shared = [it for it in layers if it.first is not None and it.second is not None]
    in_order = [it.second for it in shared] == sorted(it.second or 0 for it in shared)
    unread = shared if in_order and not every_layer else []
    changes: list[Change] = []
    if files:
        systems = _read(
            images, (_indexes(it.first for it in unread), _indexes(it.second for it in unread))
        )
        changes = _changes(systems[0].root, systems[1].root, times=times)
        if unread:
            changes = _without_parents(changes)
        layers = [_with_size(it, systems) for it in layers]
    return Comparison(
        tuple(_settings(images, times=times)),
        tuple(layers),
        tuple(changes),
        len(unread) if files else 0,
    )


_Images: TypeAlias = "tuple[v1.Image, v1.Image]"


def _compared_layers(images: _Images) -> list[ComparedLayer]:
    first, second = (_diff_ids(image) for image in images)
    where: dict[str, deque[int]] = {}
    for index, diff_id in enumerate(second):
        where.setdefault(diff_id, deque()).append(index)
    found = []
    for index, diff_id in enumerate(first):
        others = where.get(diff_id)
        found.append(ComparedLayer(diff_id, index, others.popleft() if others else None))
    left = sorted(index for others in where.values() for index in others)
    return found + [ComparedLayer(second[index], None, index) for index in left]


def _diff_ids(image: v1.Image) -> list[str]:
    """As the config file states them; to compute them, each layer would have to be read."""
    stated = [str(it) for it in image.config_file().rootfs.diff_ids or ()]
    layers = image.layers()
    return stated if len(stated) == len(layers) else [str(it.diff_id()) for it in layers]


def _indexes(found: Iterable[int | None]) -> frozenset[int]:
    return frozenset(index for index in found if index is not None)


def _read(images: _Images, unread: tuple[frozenset[int], ...]) -> list[FileSystem]:
    """The files of both images, each read in a thread of its own."""
    with WorkerPool(len(images)) as pool:
        jobs = [
            pool.submit(functools.partial(FileSystem, image, unread=left_out, hashing=True))
            for image, left_out in zip(images, unread, strict=True)
        ]
        return [job.result() for job in jobs]


def _with_size(layer: ComparedLayer, systems: list[FileSystem]) -> ComparedLayer:
    for system, index in zip(systems, (layer.first, layer.second), strict=True):
        if index is not None and index in system.sizes:
            return replace(layer, size=system.sizes[index])
    return layer


def _settings(images: _Images, *, times: bool) -> Iterator[Setting]:
    without = _NOT_SETTINGS if times else (*_NOT_SETTINGS, "created")
    first, second = (_flat(json.loads(image.raw_config_file()), without) for image in images)
    for name in sorted({*first, *second}):
        if first.get(name) != second.get(name):
            yield Setting(name, first.get(name), second.get(name))


def _flat(document: Any, without: Sequence[str]) -> dict[str, Any]:
    """The values of a document under dotted names; lists are values."""
    found: dict[str, Any] = {}
    todo = [("", document)]
    while todo:
        name, value = todo.pop()
        if name in without:
            continue
        if isinstance(value, dict):
            todo.extend((f"{name}.{key}" if name else key, it) for key, it in value.items())
        else:
            found[name] = value
    return found


def _changes(first: Node, second: Node, *, times: bool) -> list[Change]:
    """The differences of two trees, sorted by path."""
    todo: list[tuple[str, Node | None, Node | None]] = [("", first, second)]
    found: list[Change] = []
    while todo:
        limits.current().check()
        path, *pair = todo.pop()
        change = _change(path or ".", pair[0], pair[1], times=times)
        if change is not None:
            found.append(change)
        names = {name for node in pair if node is not None for name in node.children or ()}
        for name in names:
            below = [None if it is None else (it.children or {}).get(name) for it in pair]
            todo.append((f"{path}/{name}" if path else name, below[0], below[1]))
    found.sort(key=lambda change: change.path.split("/"))
    return found


def _without_parents(changes: list[Change]) -> list[Change]:
    """Leave out directories that are there for what they hold: unread layers may have them."""
    kept: list[Change] = []
    for change in reversed(changes):
        both = (change.first, change.second)
        is_directory = any(it is not None and it.type == "directory" for it in both)
        is_parent = kept and kept[-1].path.startswith(f"{change.path}/")
        if not (is_directory and is_parent and change.kind != "changed"):
            kept.append(change)
    return kept[::-1]


def _change(path: str, first: Node | None, second: Node | None, *, times: bool) -> Change | None:
    files = [_file_of(path, node) for node in (first, second)]
    if files[0] is None and files[1] is None:
        if _removes(first) == _removes(second):
            return None
        # One image removes what a layer that nobody read has.
        return Change(path, "removed" if _removes(second) else "added", (), None, None)
    if files[0] is None:
        return Change(path, "added", (), None, files[1])
    if files[1] is None:
        return Change(path, "removed", (), files[0], None)
    fields = tuple(_fields(files[0], files[1], times=times))
    return Change(path, "changed", fields, files[0], files[1]) if fields else None


def _removes(node: Node | None) -> bool:
    return node is not None and node.whiteout


def _file_of(path: str, node: Node | None) -> File | None:
    if node is None or node.whiteout:
        return None
    return node.file or File(path, "directory")


def _fields(first: File, second: File, *, times: bool) -> Iterator[str]:
    """What differs; a directory without an entry has attributes that nobody knows."""
    if first.type != second.type and {first.type, second.type} != {"file", "hardlink"}:
        yield "type"
        return
    if first.sha256 != second.sha256 or first.size != second.size:
        yield "content"
    if first.layer < 0 or second.layer < 0:
        return
    if first.mode != second.mode:
        yield "mode"
    if (first.uid, first.gid) != (second.uid, second.gid):
        yield "owner"
    if first.target != second.target and first.type == "symlink":
        yield "target"
    if first.device != second.device:
        yield "device"
    if first.xattrs != second.xattrs:
        yield "xattrs"
    if times and first.mtime != second.mtime:
        yield "mtime"
