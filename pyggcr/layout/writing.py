"""Writes OCI layouts into folders as Go does: pkg/v1/layout/write.go."""

from __future__ import annotations

import functools
import io
import json
import os
import pathlib
from collections.abc import Callable, Mapping

from pyggcr import limits, partial, v1
from pyggcr._gostd.json import marshal
from pyggcr._layers.archive_writer import JOBS
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.task_group import TaskGroup
from pyggcr._os.atomic_write import atomic_write
from pyggcr._os.file import path_error
from pyggcr.errors import ValidationError
from pyggcr.layout.reading import LayoutIndex, image_index_from_path

__all__ = ["Path", "from_path", "write"]

_LAYOUT = b'{\n    "imageLayoutVersion": "1.0.0"\n}'
_INDENT = 3  # of Go's index.json
_MODE = 0o644
_READ_SIZE = 1 << 20


def from_path(path: str | os.PathLike[str]) -> Path:
    """The layout in a folder (``layout.FromPath``).

    Raises:
        FileAccessError: there is no layout, or it cannot be read.
    """
    image_index_from_path(path)
    return Path(path)


def write(path: str | os.PathLike[str], index: v1.ImageIndex) -> Path:
    """Write an index, and all that it lists, as an OCI layout (``layout.Write``).

    Blobs that are there already, with the right size, are not written again.

    Args:
        path: a folder, which is made if there is none.
        index: becomes the ``index.json``.

    Raises:
        FileAccessError: the folder cannot be written.
        ValidationError: a layer is not as long as it says.
    """
    layout = Path(path)
    layout.make(index)
    return layout


def _descriptor(
    content: v1.Image | v1.ImageIndex, annotations: Mapping[str, str] | None
) -> v1.Descriptor:
    if isinstance(content, v1.Image):
        described = partial.descriptor(content)
    else:
        described = v1.Descriptor(content.media_type(), content.size(), content.digest())
    if annotations:
        described.annotations = {**(described.annotations or {}), **annotations}
    return described


def _write(path: pathlib.Path, content: bytes) -> None:
    with atomic_write(path) as file:
        file.write(content)


class Path:
    """An OCI layout in a folder (``layout.Path``), to which images are added."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._folder = pathlib.Path(path)
        self._index = self._folder / "index.json"

    def image_index(self) -> LayoutIndex:
        """The index that the layout is (``Path.ImageIndex``).

        Raises:
            FileAccessError: there is none, or it cannot be read.
        """
        return image_index_from_path(self._folder)

    def append_image(
        self, image: v1.Image, *, annotations: Mapping[str, str] | None = None
    ) -> None:
        """Write an image and list it in the ``index.json`` (``Path.AppendImage``).

        Blobs that are there already, with the right size, are not written again.

        Args:
            image: any image.
            annotations: what the entry says besides (``WithAnnotations``).

        Raises:
            FileAccessError: the folder cannot be written.
            ValidationError: a layer is not as long as it says.
        """
        self._append(image, annotations)

    def append_index(
        self, index: v1.ImageIndex, *, annotations: Mapping[str, str] | None = None
    ) -> None:
        """Write an index and list it in the ``index.json`` (``Path.AppendIndex``).

        Args:
            index: any index; all that it lists is written, too.
            annotations: what the entry says besides (``WithAnnotations``).

        Raises:
            FileAccessError, ValidationError: as for ``append_image``.
        """
        self._append(index, annotations)

    def make(self, index: v1.ImageIndex) -> None:
        """Make the folder a layout that is this index; ``write`` calls it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise path_error("mkdir", os.fspath(self._folder), error) from None
        _write(self._folder / "oci-layout", _LAYOUT)
        self._write_parts(index)
        _write(self._index, index.raw_manifest())

    def _append(
        self, content: v1.Image | v1.ImageIndex, annotations: Mapping[str, str] | None
    ) -> None:
        self._write_content(content)
        index = v1.parse_index_manifest(self._index.read_bytes())
        index.manifests = [*(index.manifests or ()), _descriptor(content, annotations)]
        document = json.loads(marshal(index))
        text = json.dumps(document, indent=_INDENT, ensure_ascii=False)
        _write(self._index, text.encode())

    def _write_content(self, content: v1.Image | v1.ImageIndex) -> None:
        if isinstance(content, v1.Image):
            with TaskGroup(JOBS) as group:
                for layer in content.layers():
                    write = functools.partial(self._write_layer, layer)
                    if may_be_read_anywhere(layer):
                        group.start(write)
                    else:
                        write()
                group.finish()
            self._write_bytes(content.config_name(), content.raw_config_file())
        else:
            self._write_parts(content)
        self._write_bytes(content.digest(), content.raw_manifest())

    def _write_parts(self, index: v1.ImageIndex) -> None:
        for described in index.index_manifest().manifests or ():
            self._write_part(index, described)

    def _write_part(self, index: v1.ImageIndex, described: v1.Descriptor) -> None:
        # What the index gives is not closed: an index of the user's own may give it again.
        if described.media_type.is_index():
            self._write_content(index.image_index(described.digest))
        else:
            self._write_content(index.image(described.digest))

    def _write_layer(self, layer: v1.Layer) -> None:
        self._write_blob(layer.digest(), layer.size(), layer.compressed)

    def _write_bytes(self, digest: v1.Hash, content: bytes) -> None:
        self._write_blob(digest, len(content), lambda: io.BytesIO(content))

    def _has(self, digest: v1.Hash, size: int) -> bool:
        path = self._path_of(digest)
        return path.is_file() and path.stat().st_size == size

    def _path_of(self, digest: v1.Hash) -> pathlib.Path:
        return self._folder / "blobs" / digest.algorithm / digest.hex

    def _write_blob(
        self, digest: v1.Hash, size: int, open_blob: Callable[[], io.RawIOBase | io.BufferedIOBase]
    ) -> None:
        if self._has(digest, size):
            return
        path = self._path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path, mode=_MODE) as file, open_blob() as blob:
            while piece := blob.read(_READ_SIZE):
                limits.current().check()
                file.write(piece)
            if file.size != size:
                raise ValidationError(f"expected blob size {size}, but only wrote {file.size}")
