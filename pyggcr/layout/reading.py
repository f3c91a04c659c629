"""Reads OCI layouts in folders as Go does: pkg/v1/layout/read.go, image.go and index.go.

Blobs are read when they are asked for. ``writing`` writes layouts.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from pyggcr import partial, v1
from pyggcr._os.file import path_error
from pyggcr.errors import Error
from pyggcr.types import MediaType

__all__ = ["LayoutIndex", "image_index_from_path"]


def image_index_from_path(path: str | os.PathLike[str]) -> LayoutIndex:
    """The index of a layout, its ``index.json`` (``layout.ImageIndexFromPath``).

    Raises:
        FileAccessError: there is no layout, or it cannot be read.
    """
    folder = Path(path)
    return LayoutIndex(folder, _read(folder / "index.json"), MediaType.OCI_IMAGE_INDEX)


class LayoutIndex(v1.ImageIndex):
    """An index in a layout."""

    def __init__(self, folder: Path, raw: bytes, media_type: MediaType) -> None:
        self._folder = folder
        self._raw = raw
        self._media_type = media_type

    def media_type(self) -> MediaType:
        """Media type of the index."""
        return self._media_type

    def digest(self) -> v1.Hash:
        """SHA-256 of the index."""
        return v1.sha256(io.BytesIO(self._raw))[0]

    def size(self) -> int:
        """Size of the index in bytes."""
        return len(self._raw)

    def index_manifest(self) -> v1.IndexManifest:
        """The parsed index."""
        return v1.parse_index_manifest(self._raw)

    def raw_manifest(self) -> bytes:
        """The bytes of the index."""
        return self._raw

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """The image with this manifest digest (``layoutIndex.Image``)."""
        described = self._find(digest)
        raw = _read(_path_of(self._folder, described.digest))
        core = _ImageCore(self._folder, raw, described.media_type)
        return partial.compressed_to_image(core)

    def image_index(self, digest: v1.Hash | str) -> LayoutIndex:
        """The nested index with this digest (``layoutIndex.ImageIndex``)."""
        described = self._find(digest)
        raw = _read(_path_of(self._folder, described.digest))
        return LayoutIndex(self._folder, raw, described.media_type)

    def _find(self, digest: v1.Hash | str) -> v1.Descriptor:
        wanted = v1.to_hash(digest)
        for described in self.index_manifest().manifests or ():
            if described.digest == wanted:
                return described
        raise Error(f"could not find descriptor in index: {wanted}")


class _ImageCore:
    def __init__(self, folder: Path, raw: bytes, media_type: MediaType) -> None:
        self._folder = folder
        self._raw = raw
        self._media_type = media_type

    def media_type(self) -> MediaType:
        return self._media_type

    def raw_manifest(self) -> bytes:
        return self._raw

    def raw_config_file(self) -> bytes:
        return _read(_path_of(self._folder, v1.parse_manifest(self._raw).config.digest))

    def layer_by_digest(self, digest: v1.Hash) -> _Blob:
        manifest = v1.parse_manifest(self._raw)
        for described in (manifest.config, *(manifest.layers or ())):
            if described.digest == digest:
                return _Blob(self._folder, described)
        raise Error(f"could not find layer in image: {digest}")


class _Blob:
    def __init__(self, folder: Path, described: v1.Descriptor) -> None:
        self._path = _path_of(folder, described.digest)
        self._described = described

    def digest(self) -> v1.Hash:
        return self._described.digest

    def compressed(self) -> io.RawIOBase:
        return _open(self._path)

    def size(self) -> int:
        return self._described.size

    def media_type(self) -> MediaType:
        return self._described.media_type


def _path_of(folder: Path, digest: v1.Hash) -> Path:
    return folder / "blobs" / digest.algorithm / digest.hex


def _open(path: Path) -> io.FileIO:
    try:
        return io.FileIO(path)
    except OSError as error:
        raise path_error("open", os.fspath(path), error) from None


def _read(path: Path) -> bytes:
    with _open(path) as file:
        return file.readall()
