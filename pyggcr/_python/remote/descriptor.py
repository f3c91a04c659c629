"""What a registry has under a name: pkg/v1/remote/descriptor.go."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._gostd.json import STRING, Field, Slice, Struct
from pyggcr._gostd.strconv import quote
from pyggcr._python.remote.image import ImageCore, RemoteImage, remote_layer
from pyggcr._python.remote.index import RemoteIndex
from pyggcr._values.remote import RemoteDescriptor
from pyggcr.errors import UnsupportedOptionError

if TYPE_CHECKING:
    from pyggcr import name
    from pyggcr._python.remote.fetcher import Fetcher

__all__ = ["Descriptor"]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Blob:
    digest: str = ""


@dataclass(slots=True)
class _Schema1:
    layers: list[_Blob] | None = None


_BLOB = Struct("remote.fslayer", _Blob, Field("digest", "blobSum", STRING))
_SCHEMA1 = Struct("remote.schema1Manifest", _Schema1, Field("layers", "fsLayers", Slice(_BLOB)))


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

    def schema1_layers(self) -> list[v1.Layer]:
        """The blobs of an image of Docker's schema 1, base layer first (``Schema1.Layers``).

        Such an image can be copied, and nothing else.

        Raises:
            JSONError: the manifest is malformed.
            InvalidHashError: a digest in it is none.
        """
        parsed: _Schema1 = json.decode(self.manifest, _SCHEMA1)
        digests = [v1.new_hash(blob.digest) for blob in reversed(parsed.layers or ())]
        return [remote_layer(self._fetcher, digest) for digest in digests]

    def index(self) -> RemoteIndex:
        """What it describes, taken for an index."""
        return RemoteIndex(self._fetcher, self.manifest, self.descriptor, str(self._reference))

    def _refuse_schema1(self) -> None:
        if self.descriptor.media_type.is_schema1():
            raise UnsupportedOptionError(
                f"unsupported MediaType: {quote(self.descriptor.media_type)}, "
                "see https://github.com/google/go-containerregistry/issues/377"
            )
