"""Indexes of a registry, and the choice among their images: pkg/v1/remote/index.go."""

from __future__ import annotations

import io

from pyggcr import v1
from pyggcr._layers.closing import Closing
from pyggcr._python.remote.blob import verify_data
from pyggcr._python.remote.fetcher import artifact_type_of
from pyggcr._python.remote.images import remote_layer
from pyggcr._values.remote import DEFAULT_PLATFORM
from pyggcr.errors import ImageNotFoundError, UnknownBlobError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._python.remote.descriptor import Descriptor
    from pyggcr._python.remote.fetcher import Fetcher

__all__ = ["RemoteIndex"]


class RemoteIndex(Closing, v1.ImageIndex):
    """An index of a registry; ``shown`` is the reference that it was asked for by."""

    _kind = "index"

    def __init__(
        self, fetcher: Fetcher, manifest: bytes, described: v1.Descriptor, shown: str
    ) -> None:
        self._fetcher = fetcher
        self._raw_manifest = manifest
        self._described = described
        self._shown = shown

    def _known_as(self) -> str:
        return self._shown

    def media_type(self) -> MediaType:
        """Media type of the index."""
        self._use()
        return self._described.media_type or MediaType.DOCKER_MANIFEST_LIST

    def digest(self) -> v1.Hash:
        """SHA-256 of the index."""
        self._use()
        return v1.sha256(io.BytesIO(self._raw_manifest))[0]

    def size(self) -> int:
        """Size of the index in bytes."""
        self._use()
        return len(self._raw_manifest)

    def raw_manifest(self) -> bytes:
        """The bytes of the index."""
        self._use()
        return self._raw_manifest

    def index_manifest(self) -> v1.IndexManifest:
        """The parsed index."""
        return v1.parse_index_manifest(self.raw_manifest())

    def descriptor(self) -> v1.Descriptor:
        """How the registry, or an index around it, describes it."""
        return self._described

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """The image with this digest, or of a nested index the one for linux/amd64."""
        return self._child(v1.to_hash(digest)).image()

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """The nested index with this digest."""
        return self._child(v1.to_hash(digest)).image_index()

    def layer(self, digest: v1.Hash | str) -> v1.Layer:
        """An entry that is a layer (``remoteIndex.Layer``)."""
        wanted = v1.to_hash(digest)
        for entry in self.index_manifest().manifests or ():
            if entry.digest == wanted:
                return remote_layer(self._fetcher, wanted)
        raise UnknownBlobError(f"layer not found: {wanted}")

    def child(self, entry: v1.Descriptor) -> v1.Image | v1.ImageIndex | v1.Layer:
        """What an entry of the manifest describes (``partial.Manifests``)."""
        self._use()
        if entry.media_type.is_image():
            return self._described_child(entry, DEFAULT_PLATFORM).image()
        if entry.media_type.is_index():
            return self._described_child(entry, DEFAULT_PLATFORM).image_index()
        return remote_layer(self._fetcher, entry.digest)

    def for_platform(self, platform: v1.Platform) -> v1.Image:
        """The first image that fits (``imageByPlatform``).

        Raises:
            ImageNotFoundError: none does.
        """
        child = self._child_for_platform(platform)
        # However deep a registry nests its indexes.
        while child.descriptor.media_type.is_index():
            child = child.index()._child_for_platform(platform)
        return child.image()

    def _child_for_platform(self, platform: v1.Platform) -> Descriptor:
        for entry in self.index_manifest().manifests or ():
            # Without a platform it is taken for linux/amd64.
            if _matches(entry.platform or DEFAULT_PLATFORM, platform):
                return self._described_child(entry, platform)
        raise ImageNotFoundError(f"no child with platform {platform} in index {self._shown}")

    def _child(self, digest: v1.Hash) -> Descriptor:
        for entry in self.index_manifest().manifests or ():
            if entry.digest == digest:
                return self._described_child(entry, DEFAULT_PLATFORM)
        raise ImageNotFoundError(f"no child with digest {digest} in index {self._shown}")

    def _described_child(self, entry: v1.Descriptor, platform: v1.Platform) -> Descriptor:
        """An entry as if it had been asked for (``childDescriptor``)."""
        from pyggcr._python.remote.descriptor import Descriptor  # each makes the other

        reference = self._fetcher.repository.digest(str(entry.digest))
        if entry.data is not None:
            manifest = verify_data(entry)
        else:
            manifest = self._fetcher.manifest(reference, [entry.media_type])[0]
        if entry.media_type.is_image():
            entry.artifact_type = artifact_type_of(manifest) or entry.artifact_type
        return Descriptor(self._fetcher, reference, manifest, entry, platform)


def _matches(given: v1.Platform, required: v1.Platform) -> bool:
    """Whether it fits: system and processor must be given, all else may (``matchesPlatform``)."""
    same = given.architecture == required.architecture and given.os == required.os
    return same and given.satisfies(required)
