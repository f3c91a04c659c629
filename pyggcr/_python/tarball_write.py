"""Images as docker-save archives, piece by piece, as Go writes them: pkg/v1/tarball/write.go.

Nothing is written here: whoever takes the pieces sends them where they belong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import calls, name, v1
from pyggcr._gostd import json
from pyggcr._gostd.tar import writer
from pyggcr._python import partial
from pyggcr.errors import CancelledError, Error
from pyggcr.types import MediaType
from pyggcr.v1.tarball_manifest import Descriptor

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

__all__ = ["layer_file", "pieces", "tag_text"]

_READ_SIZE = 1 << 20

_EXTENSIONS = {
    MediaType.OCI_LAYER_ZSTD: ".tar.zst",
    MediaType.OCI_UNCOMPRESSED_LAYER: ".tar",
    MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER: ".tar",
    MediaType.DOCKER_UNCOMPRESSED_LAYER: ".tar",
}
_GZIP_EXTENSION = ".tar.gz"  # whatever else it is, as in Go


def pieces(tag: name.Tag, image: v1.Image) -> Iterator[bytes]:
    """The archive of one image with one tag (``tarball.Write``).

    Raises:
        Error: what the image raises; before the first piece, ``unable to calculate manifest: …``.
        ArchiveError: a layer is not as long as it says.
    """
    try:
        manifest = json.marshal(_describe(tag, image))
    except CancelledError:
        raise
    except Error as error:
        raise type(error)(f"unable to calculate manifest: {error}") from error
    config = image.raw_config_file()
    yield from writer.entry(str(image.config_name()), [config], len(config))
    seen: set[str] = set()
    for layer in image.layers():
        digest = layer.digest().hex
        if digest not in seen:
            seen.add(digest)
            yield from _layer_entry(layer)
    manifest = b"[" + manifest + b"]"
    yield from writer.entry("manifest.json", [manifest], len(manifest))
    yield writer.END


def _describe(tag: name.Tag, image: v1.Image) -> Descriptor:
    """What ``manifest.json`` says of the image (``calculateManifest``)."""
    config = str(image.config_name())
    files = []
    foreign = {}
    for layer in image.layers():
        digest = layer.digest()
        files.append(layer_file(layer))
        described = partial.blob_descriptor(image, digest)
        if not described.media_type.is_distributable():
            foreign[partial.blob_to_diff_id(image, digest)] = described
    return Descriptor(config=config, repo_tags=[tag_text(tag)], layers=files, layer_sources=foreign)


def tag_text(tag: name.Tag) -> str:
    """The tag in full: Docker does not load what has none (go-containerregistry issue 890)."""
    text = str(tag)
    latest = f":{name.DEFAULT_TAG}"
    if tag.identifier() == name.DEFAULT_TAG and not text.endswith(latest):
        return text + latest
    return text


def layer_file(layer: v1.Layer) -> str:
    """The name of the layer's file in an archive."""
    return f"{layer.digest().hex}{_EXTENSIONS.get(layer.media_type(), _GZIP_EXTENSION)}"


def _layer_entry(layer: v1.Layer) -> Iterator[bytes]:
    with layer.compressed() as blob:
        yield from writer.entry(layer_file(layer), _read(blob), layer.size())


def _read(blob: io.RawIOBase) -> Iterator[bytes]:
    while piece := blob.read(_READ_SIZE):
        calls.current().check()
        yield piece
