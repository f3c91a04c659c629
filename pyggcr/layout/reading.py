"""Read OCI layouts in folders as Go does: pkg/v1/layout/read.go, image.go and index.go.

Blobs are read when they are asked for. ``writing`` writes layouts.
"""

from __future__ import annotations

import io
import os
import threading

from pyggcr import partial, v1
from pyggcr._gostd.json import unmarshal
from pyggcr._gostd.json.structs import struct_of
from pyggcr._gostd.path import join
from pyggcr._os.file import path_error
from pyggcr.errors import Error
from pyggcr.layout import files
from pyggcr.types import MediaType

__all__ = ["LayoutIndex", "image_index_from_path", "index_of"]

_INDEX = "index.json"


def image_index_from_path(path: str | os.PathLike[str]) -> LayoutIndex:
    """Open the index of a layout, its ``index.json`` (``layout.ImageIndexFromPath``).

    Args:
        path: the folder of the layout.

    Returns:
        The index.

    Raises:
        FileAccessError: there is no layout, or it cannot be read.
        Error: ``index.json`` is not a regular file, or too large.
    """
    folder = os.fspath(path)
    check_layout(folder)
    return index_of(folder)


def check_layout(folder: str) -> None:
    """Check that a folder has an ``index.json``, and nothing else (``layout.FromPath``).

    Args:
        folder: the folder.

    Raises:
        FileAccessError: there is none.
    """
    name = join(folder, _INDEX)
    try:
        os.stat(name)  # noqa: PTH116
    except (OSError, ValueError) as error:
        raise path_error("stat", name, error) from None


def index_of(folder: str) -> LayoutIndex:
    """Open the index of a layout (``Path.ImageIndex``).

    Args:
        folder: the folder of the layout.

    Returns:
        The index.

    Raises:
        FileAccessError: there is none, or it cannot be read.
        Error: ``index.json`` is not a regular file, or too large.
    """
    return LayoutIndex(folder, files.read(join(folder, _INDEX)), MediaType.OCI_IMAGE_INDEX)


class LayoutIndex(v1.ImageIndex):
    """An index in a layout."""

    def __init__(self, folder: str | os.PathLike[str], raw: bytes, media_type: MediaType) -> None:
        """Make an index whose blobs are in a layout.

        Args:
            folder: the folder of the layout.
            raw: the bytes of the index.
            media_type: its media type.
        """
        self._folder = os.fspath(folder)
        self._raw = raw
        self._media_type = media_type

    def media_type(self) -> MediaType:
        """Return the media type of the index.

        Returns:
            The media type.
        """
        return self._media_type

    def digest(self) -> v1.Hash:
        """Return the hash of the index.

        Returns:
            The SHA-256 hash.
        """
        return v1.sha256(io.BytesIO(self._raw))[0]

    def size(self) -> int:
        """Return the size of the index.

        Returns:
            Bytes.
        """
        return len(self._raw)

    def index_manifest(self) -> v1.IndexManifest:
        """Parse the index.

        Returns:
            A new object, which the caller may change.

        Raises:
            JSONError: the index is malformed.
            InvalidHashError: a digest in it is malformed.
            TruncatedError: it ends too early.
        """
        manifest: v1.IndexManifest = unmarshal(self._raw, struct_of(v1.IndexManifest))
        manifest.raw = self._raw
        return manifest

    def raw_manifest(self) -> bytes:
        """Return the bytes of the index.

        Returns:
            The document.
        """
        return self._raw

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """Open an image of the index (``layoutIndex.Image``).

        Args:
            digest: the digest of its manifest; an empty ``Hash`` for the only entry.

        Returns:
            The image; it is read when it is asked for something.

        Raises:
            InvalidHashError: a text is not a digest.
            Error: the index does not list the digest, or not as an image; or the index is
                malformed.
        """
        wanted = v1.to_hash(digest)
        described = self._find(wanted)
        if not described.media_type.is_image():
            raise Error(f"unexpected media type for {wanted}: {described.media_type}")
        return partial.compressed_to_image(_ImageCore(self._folder, described))

    def image_index(self, digest: v1.Hash | str) -> LayoutIndex:
        """Open a nested index (``layoutIndex.ImageIndex``).

        Args:
            digest: the digest of its manifest.

        Returns:
            The nested index.

        Raises:
            InvalidHashError: a text is not a digest.
            FileAccessError: the nested index cannot be read.
            Error: the index does not list the digest, or not as an index; or the index is
                malformed.
        """
        wanted = v1.to_hash(digest)
        described = self._find(wanted)
        if not described.media_type.is_index():
            raise Error(f"unexpected media type for {wanted}: {described.media_type}")
        return LayoutIndex(
            self._folder, files.read_blob(self._folder, wanted), described.media_type
        )

    def blob(self, digest: v1.Hash | str) -> io.RawIOBase:
        """Open a blob of the layout, whether or not the index lists it (``layoutIndex.Blob``).

        Args:
            digest: the digest of the blob.

        Returns:
            A stream, which the caller has to close.

        Raises:
            InvalidHashError: a text is not a digest.
            FileAccessError: the file is missing, or cannot be read.
            Error: the file is a link or not a regular file, or too large.
        """
        return files.open_blob(self._folder, v1.to_hash(digest))

    def _find(self, wanted: v1.Hash) -> v1.Descriptor:
        listed = self.index_manifest().manifests or []
        if wanted == v1.Hash():
            if len(listed) != 1:
                raise Error(
                    "oci layout must contain only a single image to be used with layout.Image"
                )
            return listed[0]
        for described in listed:
            if described.digest == wanted:
                return described
        raise Error(f"could not find descriptor in index: {wanted}")


class _ImageCore:
    """An image whose manifest is read when it is asked for (``layoutImage``)."""

    def __init__(self, folder: str, described: v1.Descriptor) -> None:
        self._folder = folder
        self._described = described
        self._lock = threading.Lock()
        self._raw: bytes | None = None

    def media_type(self) -> MediaType:
        return self._described.media_type

    def raw_manifest(self) -> bytes:
        with self._lock:
            if self._raw is None:
                self._raw = files.read_blob(self._folder, self._described.digest)
            return self._raw

    def raw_config_file(self) -> bytes:
        return files.read_blob(self._folder, v1.parse_manifest(self.raw_manifest()).config.digest)

    def layer_by_digest(self, digest: v1.Hash) -> _Blob:
        manifest = v1.parse_manifest(self.raw_manifest())
        for described in (manifest.config, *(manifest.layers or ())):
            if described.digest == digest:
                return _Blob(self._folder, described)
        raise Error(f"could not find layer in image: {digest}")


class _Blob:
    """A layer, or a config as one (``compressedBlob``)."""

    anywhere = True

    def __init__(self, folder: str, described: v1.Descriptor) -> None:
        self._folder = folder
        self._described = described

    def digest(self) -> v1.Hash:
        return self._described.digest

    def compressed(self) -> io.RawIOBase:
        return files.open_blob(self._folder, self._described.digest)

    def size(self) -> int:
        return self._described.size

    def media_type(self) -> MediaType:
        return self._described.media_type

    def descriptor(self) -> v1.Descriptor:
        return self._described

    def exists(self) -> bool:
        name = files.blob_path(self._folder, self._described.digest)
        try:
            os.stat(name)  # noqa: PTH116
        except FileNotFoundError:
            return False
        except OSError as error:
            raise path_error("stat", name, error) from None
        return True
