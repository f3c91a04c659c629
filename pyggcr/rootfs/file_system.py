"""The files of one image: listed, read and extracted."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator

from pyggcr import limits, v1
from pyggcr._dataclasses import replace
from pyggcr._gostd.stream import PieceStream
from pyggcr._gostd.tar import Reader
from pyggcr._layers.hashing import CountingHash
from pyggcr._layers.layer_entries import next_header, read_entries
from pyggcr.errors import ArchiveError, FileAccessError, MissingPathError
from pyggcr.rootfs import tree
from pyggcr.rootfs.tree import File, Node, NodeCounter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pyggcr.rootfs.extraction import Extraction

__all__ = ["FileSystem"]

_CHUNK = 1 << 20


class FileSystem:
    """The files that a container of an image starts with.

    The layers are read once, when the object is made, and only the headers are kept: about 400
    bytes for each file. Content is read when it is asked for.

    Attributes:
        root: the tree of files, for comparison and extraction.
        sizes: by the index of each layer that was read, the size of its files in bytes.

    Examples:
        >>> from pyggcr import crane
        >>> image = crane.image({"etc/motd": b"hello"})
        >>> files = FileSystem(image)
        >>> [file.path for file in files.walk()]
        ['etc', 'etc/motd']
        >>> with files.open("/etc/motd") as stream:
        ...     stream.read()
        b'hello'
    """

    def __init__(
        self, image: v1.Image, *, unread: Collection[int] = (), hashing: bool = False
    ) -> None:
        """Read the headers of all layers.

        Args:
            image: an image of either engine, or your own; it must stay usable as long as content is
                read.
            unread: indexes of layers to leave out, as if they were not there; default none.
            hashing: whether to compute the SHA-256 of every file, for which all content is read;
                default false.

        Raises:
            ArchiveError: a layer is not a tar, or has a file outside the image.
            Error: the image or a layer cannot be read; the subclass says why.
        """
        self.root: Node = Node.directory()
        self.sizes: dict[int, int] = {}
        self._layers = image.layers()
        counter = NodeCounter()
        for index, layer in enumerate(self._layers):
            if index not in unread:
                own, self.sizes[index] = _tree_of(layer, index, counter, hashing=hashing)
                tree.cover(self.root, own, keep_whiteouts=bool(unread))

    def __repr__(self) -> str:
        count = len(self._layers)
        return f"<FileSystem of {count} layer{'' if count == 1 else 's'}>"

    def walk(self, path: str = "/") -> Iterator[File]:
        """List the files below a directory, sorted by name; of anything else, the file itself.

        Args:
            path: the path in the image; default the root. Links on the way are followed within the
                image.

        Yields:
            Files.

        Raises:
            MissingPathError: there is no such file.
        """
        where, node = self._found(path)
        if node.children is None:
            assert node.file is not None
            yield node.file
        for name, below in tree.walk(node, where):
            yield below.file or File(name, "directory")

    def get(self, path: str, *, follow: bool = True) -> File:
        """Return the file at a path.

        Args:
            path: with or without a slash at the beginning.
            follow: whether to follow a link at the end of the path; default true. Links on the way
                are always followed, and never lead out of the image.

        Returns:
            The file.

        Raises:
            MissingPathError: there is no such file.
        """
        where, node = self._found(path, follow=follow)
        return node.file or File(where or ".", "directory")

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading.

        The layer is read from its beginning, and only to the end of the file. Therefore it is not
        compared with its digest; ``pyggcr.validate`` does that.

        Args:
            path: with or without a slash at the beginning.

        Returns:
            A binary stream.

        Raises:
            MissingPathError: there is no such file.
            FileAccessError: it is not a regular file.
            Error: the layer cannot be read; the subclass says why.
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

        The files are written beside the folder, and renamed into place once all are there. Nothing
        is written outside; links are written as they are and never followed. Devices and FIFOs are
        left out.

        Args:
            folder: the target, which must not exist or be empty.
            path: the directory of the image whose content to write; default the root.
            owners: whether to set owners, which needs privileges; default: as root only.

        Returns:
            What was written, and what was left out.

        Raises:
            FileAccessError: the folder exists and is not empty, or cannot be written; or the path
                is not a directory.
            MissingPathError: the image has no such directory.
            Error: a layer cannot be read; the subclass says why.
        """
        from pyggcr.rootfs.extraction import extract

        where, node = self._found(path)
        if node.children is None:
            raise FileAccessError(f"open {path}: is no directory")
        return extract(self._layers, where, node, folder, owners=owners)

    def _found(self, path: str, *, follow: bool = True) -> tuple[str, Node]:
        found = tree.find(self.root, path, follow=follow)
        if found is None:
            raise MissingPathError(f"open {path}: no such file or directory in the image")
        return found


def _tree_of(
    layer: v1.Layer, index: int, counter: NodeCounter, *, hashing: bool
) -> tuple[Node, int]:
    """The files of one layer, and how many bytes they have."""
    root, size = Node.directory(), 0
    with contextlib.closing(read_entries(layer)) as entries:
        for place, (header, reader) in enumerate(entries):
            size += header.size
            node = tree.add(root, header, index, place, counter)
            if hashing and node is not None and node.file is not None and node.file.type == "file":
                node.file = replace(node.file, sha256=_sha256_of(reader))
    return root, size


def _sha256_of(reader: Reader) -> str:
    counted = CountingHash()
    while piece := reader.read(_CHUNK):
        limits.current().check()
        counted.add(piece)
    return counted.hash().hex


class _Content(PieceStream):
    """The content of one entry of a layer."""

    def __init__(self, layer: v1.Layer, place: int) -> None:
        self._stream = layer.uncompressed()
        try:
            self._reader = Reader(self._stream)
            for _ in range(place + 1):
                limits.current().check()
                if next_header(self._reader) is None:
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
