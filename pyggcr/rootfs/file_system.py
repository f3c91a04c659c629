"""The files of one image: listed, read and extracted."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Generator, Iterator
from typing import TYPE_CHECKING

from pyggcr import limits, v1
from pyggcr._dataclasses import replace
from pyggcr._gostd.stream import PieceStream
from pyggcr._gostd.tar import Header, Reader
from pyggcr.errors import ArchiveError, FileAccessError, MissingPathError
from pyggcr.rootfs import tree
from pyggcr.rootfs.tree import File, Node, NodeCounter

if TYPE_CHECKING:
    from typing import BinaryIO

    from typing_extensions import Self

    from pyggcr.rootfs.extraction import Extraction

__all__ = ["FileSystem", "entries_of"]

_CHUNK = 1 << 20


class FileSystem:
    """The files that a container of an image begins with.

    The layers are read once, when the object is made, and only what the headers say is kept: about
    400 bytes for each file. Content is read when it is asked for.

    Attributes:
        sizes: of each layer that was read, by its index, how many bytes its files have.

    >>> from pyggcr import crane
    >>> image = crane.image({"etc/motd": b"hello"})
    >>> files = FileSystem(image)
    >>> [file.path for file in files.walk()]
    ['etc', 'etc/motd']
    >>> with files.open("/etc/motd") as stream:
    ...     stream.read()
    b'hello'
    """

    def __init__(self, image: v1.Image) -> None:
        """Read the headers of all layers.

        Args:
            image: of any engine; it must stay open as long as content is read.

        Raises:
            ArchiveError: a layer is no tar, or has a file outside the image.
            Error: what the image and its layers raise.
        """
        self._layers = image.layers()
        self._unread: frozenset[int | None] = frozenset()
        self._root = Node.directory()
        self._read_layers(hashing=False)

    @classmethod
    def partial(cls, image: v1.Image, unread: Collection[int | None], *, hashing: bool) -> Self:
        """The files of some layers, whose whiteouts stay nodes of the tree.

        Args:
            image: as for the constructor.
            unread: indexes of the layers to leave out.
            hashing: whether to compute the SHA-256 of every file.
        """
        made = cls.__new__(cls)
        made._layers = image.layers()
        made._unread = frozenset(unread)
        made._root = Node.directory()
        made._read_layers(hashing=hashing)
        return made

    def _read_layers(self, *, hashing: bool) -> None:
        self.sizes: dict[int, int] = {}
        counter = NodeCounter()
        for index, layer in enumerate(self._layers):
            if index in self._unread:
                continue
            own, size = Node.directory(), 0
            with contextlib.closing(entries_of(layer)) as entries:
                for place, header, reader in entries:
                    size += header.size
                    node = tree.add(own, header, index, place, counter)
                    if hashing and node is not None:
                        _set_digest(node, reader)
            self.sizes[index] = size
            tree.cover(self._root, own, keep_whiteouts=bool(self._unread))

    @property
    def root(self) -> Node:
        """The tree, for those who compare or extract it."""
        return self._root

    @property
    def layers(self) -> list[v1.Layer]:
        """The layers of the image, base layer first."""
        return self._layers

    def walk(self, path: str = "/") -> Iterator[File]:
        """The files below a directory, sorted by their names; of anything else, that itself.

        Args:
            path: links on its way are followed within the image.

        Raises:
            MissingPathError: there is nothing.
        """
        where, node = self._found(path)
        if node.children is None:
            assert node.file is not None
            yield node.file
        for name, below in tree.walk(node, where):
            yield below.file or File(name, "directory")

    def get(self, path: str, *, follow: bool = True) -> File:
        """What is at a path.

        Args:
            path: with or without a slash at its beginning.
            follow: whether a link at its end is followed; those on its way always are, and never
                lead out of the image.

        Raises:
            MissingPathError: there is nothing.
        """
        where, node = self._found(path, follow=follow)
        return node.file or File(where or ".", "directory")

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading.

        The layer is read from its beginning, and only up to the end of the file, so that nobody
        compares it with its digest: ``pyggcr.validate`` does.

        Args:
            path: as for ``get``.

        Raises:
            MissingPathError: there is nothing.
            FileAccessError: it is no file.
            Error: what the layer raises.
        """
        file = self.get(path)
        if file.type not in ("file", "hardlink"):
            reason = "is a directory" if file.type == "directory" else f"is a {file.type}"
            raise FileAccessError(f"open {path}: {reason}")
        layer, place = file.content
        if place < 0:
            raise FileAccessError(f"open {path}: a hard link to {file.target}, which is not there")
        stream: BinaryIO = _Content(self._layers[layer], place)  # type: ignore[assignment]
        return stream

    def extract(
        self, folder: str | os.PathLike[str], path: str = "/", *, owners: bool | None = None
    ) -> Extraction:
        """Write the files into a new folder.

        The files are written beside the folder and renamed once all are there. Nothing is written
        outside; links are written as they are and never followed. Devices and FIFOs are left out.

        Args:
            folder: must not exist, or be empty.
            path: the directory of the image whose content to write.
            owners: whether to set owners, which needs rights; ``None`` to do so as root.

        Returns:
            What was written and what was left out.

        Raises:
            FileAccessError: the folder is there and not empty, or cannot be written.
            MissingPathError: the image has no such directory.
            Error: what the layers raise.
        """
        from pyggcr.rootfs.extraction import extract

        where, node = self._found(path)
        if node.children is None:
            raise FileAccessError(f"open {path}: is no directory")
        return extract(self._layers, where, node, folder, owners=owners)

    def _found(self, path: str, *, follow: bool = True) -> tuple[str, Node]:
        found = tree.find(self._root, path, follow=follow)
        if found is None:
            raise MissingPathError(f"open {path}: no such file or directory in the image")
        return found


def entries_of(layer: v1.Layer) -> Generator[tuple[int, Header, Reader], None, None]:
    """The entries of a layer with their places; the layer is read to its very end.

    Raises:
        ArchiveError: it is no tar.
        Error: what the layer raises, at its end too where it is compared with its digest.
    """
    with layer.uncompressed() as content:
        reader = Reader(content)
        place = 0
        while (header := _next(reader)) is not None:
            limits.current().check()
            yield place, header, reader
            place += 1
        while content.read(_CHUNK):
            limits.current().check()


def _next(reader: Reader) -> Header | None:
    try:
        return reader.next()
    except ArchiveError as error:
        raise type(error)(f"reading tar: {error}") from error


def _sha256_of(reader: Reader) -> str:
    hashed = hashlib.sha256(usedforsecurity=False)
    while piece := reader.read(_CHUNK):
        limits.current().check()
        hashed.update(piece)
    return hashed.hexdigest()


def _set_digest(node: Node, reader: Reader) -> None:
    if node.file is not None and node.file.type == "file":
        node.file = replace(node.file, sha256=_sha256_of(reader))


class _Content(PieceStream):
    """The content of one entry of a layer."""

    def __init__(self, layer: v1.Layer, place: int) -> None:
        self._stream = layer.uncompressed()
        try:
            self._reader = Reader(self._stream)
            for _ in range(place + 1):
                limits.current().check()
                if _next(self._reader) is None:
                    raise ArchiveError("the layer has changed since it was listed")
        except BaseException:
            self._stream.close()
            raise

    def _take(self, size: int) -> bytes:
        return self._reader.read(min(size, _CHUNK))

    def close(self) -> None:
        """Close the layer's stream too."""
        if not self.closed:
            self._stream.close()
        super().close()
