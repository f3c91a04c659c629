"""``remote.RemoteDescriptor`` for asyncio, and the types of arguments that take one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyggcr import remote
from pyggcr.aio.images import Image, ImageIndex, Layer
from pyggcr.aio.objects import AsyncObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from pyggcr import name, tarball, v1

    # What can be put under a reference.
    Source: TypeAlias = "RemoteDescriptor | Image | ImageIndex | remote.Source"
    # What ``multi_write`` takes.
    Part: TypeAlias = "Image | ImageIndex | Layer | remote.Part"
    # What the functions that write archives take: images by their references.
    Images: TypeAlias = (
        Mapping[name.Reference, Image | v1.Image]
        | Mapping[name.Tag, Image | v1.Image]
        | Iterable[tuple[name.Reference, Image | v1.Image]]
        | tarball.Images
    )

__all__ = ["RemoteDescriptor"]


class RemoteDescriptor(AsyncObject[remote.RemoteDescriptor]):
    """What a registry has under a reference, not yet interpreted (``remote.Descriptor``)."""

    @property
    def descriptor(self) -> v1.Descriptor:
        """Media type, size and digest of the manifest."""
        return self.wrapped.descriptor

    @property
    def manifest(self) -> bytes:
        """The bytes of the manifest."""
        return self.wrapped.manifest

    async def image(self) -> Image:
        """Return the image; of an index, the one for the platform (``Descriptor.Image``).

        Returns:
            The image.

        Raises:
            ImageNotFoundError: the index has no image for the platform.
            UnsupportedOptionError: the manifest is of Docker's schema 1.
            TransportError: the registry refused a request, or could not be reached.
            Error: the manifest is not acceptable; the subclass says why.
        """
        return Image(await self._call(remote.RemoteDescriptor.image))

    async def image_index(self) -> ImageIndex:
        """Return the index (``Descriptor.ImageIndex``).

        Returns:
            The index.

        Raises:
            UnsupportedOptionError: the manifest is an image's, or of Docker's schema 1.
            Error: the manifest is not acceptable; the subclass says why.
        """
        return ImageIndex(await self._call(remote.RemoteDescriptor.image_index))

    async def schema1(self) -> Image:
        """Return the image of a manifest of Docker's schema 1 (``Descriptor.Schema1``).

        Returns:
            An image that has layers, digest, size and the bytes of its manifest; its other methods
            raise ``UnsupportedOptionError``.
        """
        return Image(await self._call(remote.RemoteDescriptor.schema1))

    async def raw_manifest(self) -> bytes:
        """Return the bytes of the manifest (``Descriptor.RawManifest``).

        Returns:
            The bytes, which were fetched with the descriptor.
        """
        return self.manifest
