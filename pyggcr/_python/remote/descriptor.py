"""What a registry has under a name: pkg/v1/remote/descriptor.go."""

from __future__ import annotations

from pyggcr import v1
from pyggcr._os.logs import Log
from pyggcr._values.remote import RemoteDescriptor
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._python.remote.fetcher import Fetcher
    from pyggcr._python.remote.indexes import RemoteIndex

__all__ = ["Descriptor"]

_log = Log(__name__)


class Descriptor(RemoteDescriptor):
    """A manifest, not yet interpreted (``remote.Descriptor``)."""

    def __init__(
        self,
        fetcher: Fetcher,
        reference: name.Reference,
        manifest: bytes,
        described: v1.Descriptor,
        platform: v1.Platform,
    ) -> None:
        self._fetcher = fetcher
        self._reference = reference
        self._platform = platform
        self.manifest = manifest
        self.descriptor = described

    def image(self) -> v1.Image:
        """The image, or of an index the one for the platform (``Descriptor.Image``)."""
        from pyggcr._python.remote.images import (  # many read the manifest only
            ImageCore,
            RemoteImage,
        )

        self._refuse_schema1()
        media_type = self.descriptor.media_type
        if media_type.is_index():
            return self.index().for_platform(self._platform)
        if not media_type.is_image():
            _log.warning("Unexpected media type for Image(): %s", media_type)
        return RemoteImage(ImageCore(self._fetcher, self.manifest, self.descriptor))

    def image_index(self) -> v1.ImageIndex:
        """The index (``Descriptor.ImageIndex``)."""
        self._refuse_schema1()
        media_type = self.descriptor.media_type
        if media_type.is_image():
            raise UnsupportedOptionError(
                f"unexpected media type for ImageIndex(): {media_type}; call Image() instead"
            )
        if not media_type.is_index():
            _log.warning("Unexpected media type for ImageIndex(): %s", media_type)
        return self.index()

    def schema1(self) -> v1.Image:
        """What it describes, taken for an image of schema 1 (``Descriptor.Schema1``)."""
        from pyggcr._python.remote.schema1 import Schema1Image  # of old images only

        return Schema1Image(self._fetcher, self.manifest, self.descriptor)

    def index(self) -> RemoteIndex:
        """What it describes, taken for an index."""
        from pyggcr._python.remote.indexes import RemoteIndex

        return RemoteIndex(self._fetcher, self.manifest, self.descriptor, str(self._reference))

    def _refuse_schema1(self) -> None:
        if self.descriptor.media_type.is_schema1():
            from pyggcr._python.remote.images import unsupported_schema1

            raise unsupported_schema1(self.descriptor.media_type)
