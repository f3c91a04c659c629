"""How many bytes there are to read or to send, for ``progress``."""

from __future__ import annotations

import os

from pyggcr.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyggcr import v1
    from pyggcr.cli.sources import Content, Source

__all__ = ["blob_total", "file_total", "is_open", "layer_total", "reading_total"]


def layer_total(images: Iterable[v1.Image]) -> int:
    """Bytes in all layers, each of which is fetched once."""
    layers = [layer for image in images for layer in image.manifest().layers or ()]
    return sum({layer.digest: layer.size for layer in layers}.values())


def file_total(*paths: str) -> int | None:
    """Bytes in files; ``None`` if one of them is none."""
    if not all(map(os.path.isfile, paths)):
        return None
    return sum(map(os.path.getsize, paths))


def reading_total(source: Source, content: Content) -> int | None:
    """How many bytes are read of an image or an index that is read once; ``None``: nobody knows."""
    location = source.location
    if location.transport in ("standard", "docker-daemon"):
        return None
    try:
        if location.transport in ("path", "docker-archive") and os.path.isfile(location.name):  # noqa: PTH113
            return _archive_total(location.name, content)
        return _layers_of(content)
    except (Error, OSError):
        return None


def _archive_total(path: str, content: Content) -> int | None:
    """Those of a tar of docker save with one image; else those of layers."""
    from pyggcr import tarball
    from pyggcr.errors import ArchiveError

    try:
        images = tarball.load_manifest(path)
    except ArchiveError:
        return _layers_of(content)
    return file_total(path) if len(images) == 1 else None


def _layers_of(content: Content) -> int | None:
    from pyggcr import v1

    return layer_total([content]) if isinstance(content, v1.Image) else None


def blob_total(content: Content) -> int | None:
    """Bytes in the blobs of an image; ``None`` if nobody knows yet, and for an index."""
    from pyggcr import v1

    if not isinstance(content, v1.Image) or is_open(content):
        return None
    try:
        manifest = content.manifest()
    except Error:
        return None
    blobs = [manifest.config, *(manifest.layers or ())]
    sizes: dict[v1.Hash, int] = {blob.digest: blob.size for blob in blobs}
    return sum(sizes.values())


def is_open(content: Content) -> bool:
    """Whether a layer is compressed only when it is written, so that nobody knows its digest."""
    from pyggcr import v1
    from pyggcr._layers.uncompressed import UncompressedLayer

    return isinstance(content, v1.Image) and any(
        isinstance(layer, UncompressedLayer) and not layer.is_compressed()
        for layer in content.layers()
    )
