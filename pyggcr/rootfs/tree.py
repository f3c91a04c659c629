"""The tree of the files of an image: the entries of each layer, and the result of all layers.

The rules are those of overlay file systems. Each layer makes a tree of its own, in which later
entries replace earlier ones; a layer's tree then covers those below. A folder is merged with the
folder below it; anything else replaces what is below. A whiteout ``.wh.NAME`` removes ``NAME``, and
``.wh..wh..opq`` removes everything that a folder has below.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr import limits
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar.header import Header, encode
from pyggcr._layers.file_names import OPAQUE, WHITEOUT
from pyggcr.errors import ArchiveError

__all__ = ["File", "Node", "NodeCounter", "add", "cover", "find", "walk"]

# What Linux takes as a path, in bytes.
_PATH_MAX = 4096
# As many files as several large distributions have; a tree of them takes about 600 MB.
MAX_NODES = 2_000_000
_MAX_LINKS = 40
# What a hard link may be another name of.
_SHARED = ("file", "hardlink")

_OF_AUFS = ".wh..wh."
_XATTR = "SCHILY.xattr."

_KINDS = {
    "\0": "file",
    "0": "file",
    "7": "file",
    "S": "file",
    "1": "hardlink",
    "2": "symlink",
    "3": "character device",
    "4": "block device",
    "5": "directory",
    "6": "fifo",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of an image.

    Attributes:
        path: without a slash at the beginning; ``.`` for the root.
        type: ``file``, ``directory``, ``symlink``, ``hardlink``, ``character device``, ``block
            device`` or ``fifo``.
        mode: permission bits, with those for setuid, setgid and sticky.
        uid: the number of the user who owns it.
        gid: the number of the group that owns it.
        size: of a file or hard link, in bytes.
        mtime: the time of the last change, in seconds since 1970.
        target: the target of a link; ``""`` for anything else.
        device: major and minor number of a device; zeros for anything else.
        xattrs: extended attributes, sorted by name.
        layer: the index of the layer that it comes from; -1 for a directory without an entry in any
            layer.
        sha256: the digest of the content in hexadecimal; ``None`` if it was not read.
    """

    path: str
    type: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    size: int = 0
    mtime: int = 0
    target: str = ""
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[str, bytes], ...] = ()
    layer: int = -1
    sha256: str | None = None
    _entry: int = -1

    @property
    def content(self) -> tuple[int, int]:
        """The place of the content: the index of the layer, and the number of the entry in it."""
        return self.layer, self._entry


class Node:
    """A place in the tree.

    Attributes:
        file: the file; ``None`` for a whiteout, or a directory without an entry.
        children: the nodes in a directory by name; ``None`` for anything else.
        whiteout: whether the node only removes what lower layers have there.
        opaque: whether the node removes everything that lower layers have below it.
    """

    __slots__ = ("children", "file", "opaque", "whiteout")

    def __init__(
        self,
        file: File | None = None,
        *,
        children: dict[str, Node] | None = None,
        whiteout: bool = False,
        opaque: bool = False,
    ) -> None:
        self.file: File | None = file
        self.children: dict[str, Node] | None = children
        self.whiteout: bool = whiteout
        self.opaque: bool = opaque

    @classmethod
    def directory(cls, file: File | None = None, *, opaque: bool = False) -> Node:
        """Make an empty directory.

        Args:
            file: its entry; default none.
            opaque: whether it removes everything that lower layers have below it; default false.

        Returns:
            The node.
        """
        return cls(file, children={}, opaque=opaque)


class NodeCounter:
    """Counts the nodes of all layers of an image, whose number is limited."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def count(self) -> None:
        """Count one more node.

        Raises:
            ArchiveError: there are too many.
        """
        self._left -= 1
        if self._left < 0:
            raise ArchiveError("the layers have more files than pyggcr can list")


def add(root: Node, header: Header, layer: int, entry: int, counter: NodeCounter) -> Node | None:
    """Add an entry to the tree of its layer.

    Args:
        root: the tree of the layer.
        header: the entry.
        layer: the index of the layer.
        entry: the number of the entry in the layer.
        counter: counts the nodes.

    Returns:
        The node of the file; ``None`` for a whiteout, and for an entry that is not a file.

    Raises:
        ArchiveError: the name leads out of the image, or through something that is not a directory.
    """
    parts = _parts_of(header.name)
    kind = _KINDS.get(header.typeflag)
    if kind is None or (not parts and kind != "directory"):
        return None
    if not parts:
        root.file = _file(header, ".", kind, layer, entry)
        return root
    way = _directory(root, parts[:-1], counter, header.name)
    children = way.node.children
    assert children is not None
    base = parts[-1]
    if base.startswith(WHITEOUT):
        _white_out(way.node, base, counter)
        return None
    file = _file(header, "/".join([*way.names, base]), kind, layer, entry)
    if kind == "hardlink":
        file = _linked(root, file, header)
    below = children.get(base)
    if below is None:
        counter.count()
    elif kind == "directory" and below.children is not None:
        below.file = file
        return below
    opaque = below is not None and (below.whiteout or below.opaque)
    node = Node(file, children={} if kind == "directory" else None, opaque=opaque)
    children[base] = node
    return node


def _white_out(folder: Node, base: str, counter: NodeCounter) -> None:
    assert folder.children is not None
    if base == OPAQUE:
        folder.opaque = True
    elif not base.startswith(_OF_AUFS):
        base = base.removeprefix(WHITEOUT)
        if base in ("", ".", ".."):
            raise ArchiveError(f"unsafe tar path {quote(WHITEOUT + base)}")
        if base in folder.children:
            folder.children[base].opaque = True  # of lower layers only
        else:
            counter.count()
            folder.children[base] = Node(whiteout=True)


class _Way:
    """The way from the root to a node; links lead on from where it has come to."""

    def __init__(self, root: Node, path: str) -> None:
        self.names: list[str] = []
        self._nodes = [root]
        self._todo = list(reversed(path.split("/")))
        self._links = 0

    @property
    def node(self) -> Node:
        """Where it has come to."""
        return self._nodes[-1]

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left of it."""
        return not self._todo

    def next_name(self) -> str | None:
        """The next name, after all that stays where it is or goes up; ``None`` at the end."""
        while self._todo:
            name = self._todo.pop()
            if name == "..":
                if self.names:
                    self.names.pop()
                    self._nodes.pop()
            elif name not in ("", "."):
                return name
        return None

    def go(self, name: str, node: Node) -> None:
        """Go on to a node."""
        self.names.append(name)
        self._nodes.append(node)

    def follow(self, link: File) -> bool:
        """Go on where a link leads; whether there were not too many."""
        self._links += 1
        if link.target.startswith("/"):
            del self._nodes[1:], self.names[:]
        self._todo.extend(reversed(link.target.split("/")))
        return self._links <= _MAX_LINKS


def _directory(root: Node, parts: list[str], counter: NodeCounter, name: str) -> _Way:
    """The way to the directory of these names in a layer's tree, made where there is none."""
    way = _Way(root, "/".join(parts))
    while (part := way.next_name()) is not None:
        children = way.node.children
        assert children is not None
        node = children.get(part)
        if node is None or node.whiteout:
            if node is None:
                counter.count()
            node = children[part] = Node.directory(opaque=node is not None)
        elif node.children is None:
            assert node.file is not None
            if node.file.type != "symlink" or not way.follow(node.file):
                raise ArchiveError(f"{quote(name)}: {quote(node.file.path)} is not a directory")
            continue
        way.go(part, node)
    return way


def _linked(root: Node, file: File, header: Header) -> File:
    """A hard link with what it shares with its target, if the target is in the same layer."""
    parts = _parts_of(header.linkname)
    file = replace(file, target="/".join(parts))
    target = _file_at(root, file.target)
    return replace(file, _entry=-1) if target is None else _sharing(file, target)


def _file_at(root: Node, path: str) -> File | None:
    """The file of which a hard link of this target is another name."""
    found = find(root, path, follow=False)
    file = found[1].file if found is not None else None
    return file if file is not None and file.content[1] >= 0 and file.type in _SHARED else None


def _sharing(link: File, target: File) -> File:
    return replace(target, path=link.path, type="hardlink", target=link.target)


def _file(header: Header, path: str, kind: str, layer: int, entry: int) -> File:
    records = header.pax_records
    return File(
        path,
        kind,
        header.mode & 0o7777,
        header.uid,
        header.gid,
        header.size if kind == "file" else 0,
        header.mod_time.seconds if header.mod_time is not None else 0,
        header.linkname if kind == "symlink" else "",
        (header.devmajor, header.devminor) if kind.endswith("device") else (0, 0),
        tuple(
            sorted(
                (key.removeprefix(_XATTR), encode(value))
                for key, value in records.items()
                if key.startswith(_XATTR)
            )
        )
        if records
        else (),
        layer,
        None,
        entry,
    )


def _parts_of(name: str) -> list[str]:
    """The names on the way to a file; the root has none.

    Raises:
        ArchiveError: the way leads out of the image, or is longer than any system takes.
    """
    if len(encode(name)) > _PATH_MAX:
        raise ArchiveError(f"a file name has more than {_PATH_MAX} bytes")
    parts: list[str] = []
    for part in name.split("/"):
        if part == "..":
            if not parts:
                raise ArchiveError(f"unsafe tar path {quote(name)}")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return parts


def cover(lower: Node, upper: Node, *, keep_whiteouts: bool = False) -> None:
    """Merge the tree of a layer into the tree of all layers below, which becomes the result.

    Args:
        lower: the tree of the layers below.
        upper: the tree of the layer.
        keep_whiteouts: keep whiteouts that remove nothing known, because layers below were not
            read; default false.

    Raises:
        CancelledError: the work was cancelled.
    """
    _complete_links(lower, upper)
    todo = [(lower, upper)]
    while todo:
        limits.current().check()
        below, above = todo.pop()
        assert below.children is not None
        assert above.children is not None
        if above.file is not None:
            below.file = above.file
        if above.opaque:
            below.opaque = True
            below.children.clear()
        for name, node in above.children.items():
            old = below.children.get(name)
            if node.whiteout:
                if keep_whiteouts:
                    below.children[name] = node
                elif old is not None:
                    del below.children[name]
            elif node.children is None or old is None or old.children is None or node.opaque:
                is_new_here = old is not None and (old.whiteout or old.opaque)
                node.opaque = node.opaque or is_new_here
                below.children[name] = node
                if node.children and not keep_whiteouts:
                    _drop_whiteouts(node)
            else:
                todo.append((old, node))


def _complete_links(lower: Node, upper: Node) -> None:
    """Give hard links to files of lower layers what they share with them."""
    for node in _nodes(upper):
        file = node.file
        if file is None or file.type != "hardlink" or file.content[1] >= 0:
            continue
        target = _file_at(lower, file.target)
        if target is not None:
            node.file = _sharing(file, target)


def _drop_whiteouts(root: Node) -> None:
    for node in _nodes(root):
        children = node.children
        if children and any(it.whiteout for it in children.values()):
            node.children = {name: it for name, it in children.items() if not it.whiteout}


def _nodes(root: Node) -> Iterator[Node]:
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        if node.children:
            todo.extend(node.children.values())


def find(root: Node, path: str, *, follow: bool = True) -> tuple[str, Node] | None:
    """Find the node at a path.

    Symbolic links on the way are followed as if the root were ``/``.

    Args:
        root: where to begin.
        path: with or without a slash at the beginning.
        follow: whether to follow a link at the end of the path too; default true.

    Returns:
        The path without links, and the node; ``None`` if there is nothing.
    """
    way = _Way(root, path)
    while (part := way.next_name()) is not None:
        children = way.node.children
        node = children.get(part) if children is not None else None
        if node is None or node.whiteout:
            return None
        file = node.file
        if file is not None and file.type == "symlink" and (follow or not way.is_at_end):
            if not way.follow(file):
                return None
            continue
        way.go(part, node)
    return "/".join(way.names), way.node


def walk(root: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """List all nodes below a node, except whiteouts.

    Args:
        root: the node.
        path: its path; default empty.

    Yields:
        Paths and nodes, sorted.
    """
    todo = [iter(_sorted(root, path))]
    while todo:
        found = next(todo[-1], None)
        if found is None:
            todo.pop()
            continue
        name, node = found
        if not node.whiteout:
            yield found
        if node.children:
            todo.append(iter(_sorted(node, name)))


def _sorted(node: Node, path: str) -> list[tuple[str, Node]]:
    prefix = f"{path}/" if path else ""
    return [(prefix + name, it) for name, it in sorted((node.children or {}).items())]
