"""OCI layouts in folders, written as Go writes them: pkg/v1/layout/write.go."""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pyggcr import limits, name, partial, v1
from pyggcr._gostd.json import marshal
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.task_group import Team
from pyggcr._os.atomic_write import atomic_write
from pyggcr._os.file import path_error
from pyggcr.errors import ValidationError
from pyggcr.saving.entries import JOBS
from pyggcr.types import MediaType

__all__ = ["save_oci"]

_REF_NAME = "org.opencontainers.image.ref.name"
_LAYOUT = b'{\n    "imageLayoutVersion": "1.0.0"\n}'
_INDENT = 3  # of Go's index.json
_MODE = 0o644
_READ_SIZE = 1 << 20


def save_oci(
    contents: Mapping[str, v1.Image | v1.ImageIndex],
    folder: str | os.PathLike[str],
    *,
    annotate: bool = False,
) -> None:
    """Add images and indexes to the OCI layout in a folder, new or not (``layout.AppendImage``).

    Blobs that are there already, with the right size, are not written again.

    Args:
        contents: by their references.
        folder: where the layout is, or shall be.
        annotate: keep the references, as ``org.opencontainers.image.ref.name``.

    Raises:
        FileAccessError: the folder cannot be written.
    """
    layout = _Layout(Path(folder))
    for reference, content in contents.items():
        layout.write(content)
        described = _descriptor(content)
        if annotate:
            parsed = name.parse_reference(reference)
            described.annotations = {**(described.annotations or {}), _REF_NAME: parsed.name()}
        layout.append(described)


def _descriptor(content: v1.Image | v1.ImageIndex) -> v1.Descriptor:
    if isinstance(content, v1.Image):
        return partial.descriptor(content)
    return v1.Descriptor(content.media_type(), content.size(), content.digest())


def _write(place: Path, content: bytes) -> None:
    with atomic_write(place) as file:
        file.write(content)


class _Layout:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise path_error("mkdir", os.fspath(folder), error) from None
        if not self._index.exists():
            _write(folder / "oci-layout", _LAYOUT)
            empty = v1.IndexManifest(2, MediaType.OCI_IMAGE_INDEX, manifests=[])
            _write(self._index, marshal(empty))

    def append(self, described: v1.Descriptor) -> None:
        index = v1.parse_index_manifest(self._index.read_bytes())
        index.manifests = [*(index.manifests or ()), described]
        document = json.loads(marshal(index))
        text = json.dumps(document, indent=_INDENT, ensure_ascii=False)
        _write(self._index, text.encode())

    def write(self, content: v1.Image | v1.ImageIndex) -> None:
        if isinstance(content, v1.Image):
            with Team(JOBS) as team:
                for layer in content.layers():
                    write = functools.partial(self._write_layer, layer)
                    if may_be_read_anywhere(layer):
                        team.start(write)
                    else:
                        write()
                team.finish()
            self._write_bytes(content.config_name(), content.raw_config_file())
        else:
            for described in content.index_manifest().manifests or ():
                self._write_part(content, described)
        self._write_bytes(content.digest(), content.raw_manifest())

    def _write_part(self, index: v1.ImageIndex, described: v1.Descriptor) -> None:
        if described.media_type.is_index():
            with index.image_index(described.digest) as nested:
                self.write(nested)
        else:
            with index.image(described.digest) as image:
                self.write(image)

    def _write_layer(self, layer: v1.Layer) -> None:
        self._write_blob(layer.digest(), layer.size(), layer.compressed)

    def _write_bytes(self, digest: v1.Hash, content: bytes) -> None:
        self._write_blob(digest, len(content), lambda: io.BytesIO(content))

    def _has(self, digest: v1.Hash, size: int) -> bool:
        place = self._place(digest)
        return place.is_file() and place.stat().st_size == size

    def _place(self, digest: v1.Hash) -> Path:
        return self._folder / "blobs" / digest.algorithm / digest.hex

    def _write_blob(
        self, digest: v1.Hash, size: int, open_blob: Callable[[], io.RawIOBase | io.BufferedIOBase]
    ) -> None:
        if self._has(digest, size):
            return
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(place, mode=_MODE) as file, open_blob() as blob:
            while piece := blob.read(_READ_SIZE):
                limits.current().check()
                file.write(piece)
            if file.size != size:
                raise ValidationError(f"expected blob size {size}, but only wrote {file.size}")
