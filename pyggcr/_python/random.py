"""Made-up layers, images and indexes: pkg/v1/random."""

from __future__ import annotations

import hashlib
import io
import struct

from pyggcr import limits, v1
from pyggcr._gostd import json
from pyggcr._gostd.gzip_options import check_profile
from pyggcr._gostd.mathrand import Source
from pyggcr._gostd.stream import BytesStream
from pyggcr._gostd.tar.header import Header
from pyggcr._gostd.tar.writer import Writer
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._python import empty, mutate
from pyggcr._values.mutate import Addendum
from pyggcr.errors import Error
from pyggcr.types import MediaType
from pyggcr.v1.hash import to_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyggcr._gostd.mathrand import Int63Source

__all__ = ["image", "index", "layer"]

_BYTES_OF_NUMBER = 7  # of the eight, Rand.Read leaves out the highest
_NUMBERS_AT_ONCE = 1 << 16


def layer(
    *, byte_size: int, media_type: MediaType, source: Int63Source, gzip_profile: str
) -> v1.Layer:
    """Make a layer with one file (``random.Layer``)."""
    check_profile(gzip_profile)
    content = io.BytesIO()
    writer = Writer(content)
    writer.write_header(Header(f"random_file_{source.int63()}.txt", typeflag="0", size=byte_size))
    for piece in _pieces(source, byte_size):
        writer.write(piece)
    writer.close()
    return UncompressedLayer(_Core(content.getvalue(), media_type), gzip_profile)


def _pieces(source: Int63Source, size: int) -> Iterator[bytes]:
    """So many bytes of the source, as ``Rand.Read`` makes them of numbers."""
    while size > 0:
        limits.current().check()
        wanted = min(size, _NUMBERS_AT_ONCE * _BYTES_OF_NUMBER)
        yield _read(source, wanted)
        size -= wanted


def _read(source: Int63Source, size: int) -> bytes:
    if isinstance(source, Source):
        return source.read(size)
    count = -(-size // _BYTES_OF_NUMBER)
    numbers = [struct.pack("<Q", source.int63())[:_BYTES_OF_NUMBER] for _ in range(count)]
    return b"".join(numbers)[:size]


class _Core:
    """A layer known by its content (``uncompressedLayer``)."""

    anywhere = True

    def __init__(self, content: bytes, media_type: MediaType) -> None:
        self._content = content
        self._media_type = media_type
        self._diff_id = v1.Hash("sha256", hashlib.sha256(content).hexdigest())

    def diff_id(self) -> v1.Hash:
        return self._diff_id

    def uncompressed(self) -> io.RawIOBase:
        return BytesStream(self._content)

    def media_type(self) -> MediaType:
        return self._media_type


def image(*, byte_size: int, layers: int, source: Int63Source, gzip_profile: str) -> v1.Image:
    """Make an image of such layers (``random.Image``)."""
    adds = [
        Addendum(
            layer=layer(
                byte_size=byte_size,
                media_type=MediaType.DOCKER_LAYER,
                source=source,
                gzip_profile=gzip_profile,
            ),
            history=v1.History(
                author="random.Image",
                comment=f"this is a random history {number} of {layers}",
                created_by="random",
            ),
        )
        for number in range(layers)
    ]
    return mutate.append(base=empty.image(), adds=adds)


def index(
    *, byte_size: int, layers: int, count: int, source: Int63Source, gzip_profile: str
) -> v1.ImageIndex:
    """Make an index of such images (``random.Index``)."""
    images = [
        image(byte_size=byte_size, layers=layers, source=source, gzip_profile=gzip_profile)
        for _ in range(count)
    ]
    return _RandomIndex(images)


class _RandomIndex(v1.ImageIndex):
    """An OCI index of images, whatever their own media types (``randomIndex``)."""

    def __init__(self, images: list[v1.Image]) -> None:
        self._manifest = v1.IndexManifest(
            schema_version=2, media_type=MediaType.OCI_IMAGE_INDEX, manifests=[]
        )
        self._images = {}
        for it in images:
            described = v1.Descriptor(it.media_type(), it.size(), it.digest())
            self._manifest.manifests = [*(self._manifest.manifests or ()), described]
            self._images[described.digest] = it

    def media_type(self) -> MediaType:
        """Media type of the index (``ImageIndex.MediaType``)."""
        return self._manifest.media_type

    def digest(self) -> v1.Hash:
        """SHA-256 of the index (``ImageIndex.Digest``)."""
        return v1.sha256(io.BytesIO(self.raw_manifest()))[0]

    def size(self) -> int:
        """Size of the index in bytes (``ImageIndex.Size``)."""
        return len(self.raw_manifest())

    def index_manifest(self) -> v1.IndexManifest:
        """The parsed index (``ImageIndex.IndexManifest``)."""
        return v1.parse_index_manifest(self.raw_manifest())

    def raw_manifest(self) -> bytes:
        """The bytes of the index (``ImageIndex.RawManifest``)."""
        return json.marshal(self._manifest)

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """The image with this manifest digest (``ImageIndex.Image``)."""
        wanted = to_hash(digest)
        if wanted not in self._images:
            raise Error(f"image not found: {wanted}")
        return self._images[wanted]

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """Raise an error: there are none (``ImageIndex.ImageIndex``)."""
        raise Error(f"image not found: {to_hash(digest)}")
