"""OCI layouts in folders, written as Go writes them: pkg/v1/layout/write.go."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyggcr import name, partial, v1
from pyggcr._gostd.json import marshal
from pyggcr.errors import ValidationError
from pyggcr.saving.entries import MODE, pieces
from pyggcr.types import MediaType

__all__ = ["save_oci"]

_REF_NAME = "org.opencontainers.image.ref.name"
_LAYOUT = b'{\n    "imageLayoutVersion": "1.0.0"\n}'
_INDENT = 3  # of Go's index.json


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


class _Layout:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.json"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._index.exists():
            (folder / "oci-layout").write_bytes(_LAYOUT)
            empty = v1.IndexManifest(2, MediaType.OCI_IMAGE_INDEX, manifests=[])
            self._index.write_bytes(marshal(empty))

    def append(self, described: v1.Descriptor) -> None:
        index = v1.parse_index_manifest(self._index.read_bytes())
        index.manifests = [*(index.manifests or ()), described]
        document = json.loads(marshal(index))
        text = json.dumps(document, indent=_INDENT, ensure_ascii=False)
        self._index.write_text(text, encoding="utf-8")

    def write(self, content: v1.Image | v1.ImageIndex) -> None:
        if isinstance(content, v1.Image):
            for layer in content.layers():
                self._write_layer(layer)
            config = content.raw_config_file()
            self._write_blob(content.config_name(), [config], len(config))
        else:
            for described in content.index_manifest().manifests or ():
                self._write_part(content, described)
        manifest = content.raw_manifest()
        self._write_blob(content.digest(), [manifest], len(manifest))

    def _write_part(self, index: v1.ImageIndex, described: v1.Descriptor) -> None:
        if described.media_type.is_index():
            with index.image_index(described.digest) as nested:
                self.write(nested)
        else:
            with index.image(described.digest) as image:
                self.write(image)

    def _write_layer(self, layer: v1.Layer) -> None:
        digest, size = layer.digest(), layer.size()
        if not self._has(digest, size):
            with layer.compressed() as blob:
                self._write_blob(digest, pieces(blob), size)

    def _has(self, digest: v1.Hash, size: int) -> bool:
        place = self._place(digest)
        return place.is_file() and place.stat().st_size == size

    def _place(self, digest: v1.Hash) -> Path:
        return self._folder / "blobs" / digest.algorithm / digest.hex

    def _write_blob(self, digest: v1.Hash, content: Iterable[bytes], size: int) -> None:
        if self._has(digest, size):
            return
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        # It gets its name once it is whole.
        descriptor, unfinished = tempfile.mkstemp(prefix=digest.hex, dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in content:
                    file.write(piece)
                written = file.tell()
            if written != size:
                raise ValidationError(f"expected blob size {size}, but only wrote {written}")
            Path(unfinished).chmod(MODE)
            Path(unfinished).replace(place)
        except BaseException:
            Path(unfinished).unlink()
            raise
