"""Images as docker-save archives, piece by piece, as Go writes them: pkg/v1/tarball/write.go.

Nothing is written here: the caller sends the pieces to a file or a daemon.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr import name, v1
from pyggcr._gostd import json
from pyggcr._gostd.tar import writer
from pyggcr._gostd.tar.entry import Entry
from pyggcr._layers import derived
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr.errors import CancelledError, Error
from pyggcr.types import MediaType
from pyggcr.v1.tarball_manifest import Descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["entries", "foreign_sources", "pieces", "with_tags"]

_EXTENSIONS = {
    MediaType.OCI_LAYER_ZSTD: ".tar.zst",
    MediaType.OCI_UNCOMPRESSED_LAYER: ".tar",
    MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER: ".tar",
    MediaType.DOCKER_UNCOMPRESSED_LAYER: ".tar",
}
_GZIP_EXTENSION = ".tar.gz"  # whatever else it is, as in Go


def with_tags(
    images: Iterable[tuple[name.Reference, v1.Image]],
) -> list[tuple[v1.Image, list[str] | None]]:
    """Each image with its tags in full, or with ``None`` if it has only digests."""
    found: dict[int, tuple[v1.Image, list[str]]] = {}
    for reference, image in images:
        _, tags = found.setdefault(id(image), (image, []))
        if isinstance(reference, name.Tag):
            tags.append(_tag_text(reference))
    return [(image, tags or None) for image, tags in found.values()]


def pieces(tag: name.Tag, image: v1.Image) -> Iterator[bytes]:
    """The archive of one image with one tag (``tarball.Write``).

    Raises:
        Error: what the image raises; before the first piece, ``unable to calculate manifest: …``.
        ArchiveError: a layer is not as long as it says.
    """
    for entry in entries([(image, [_tag_text(tag)])]):
        yield from entry.pieces()
    yield writer.END


def entries(images: Sequence[tuple[v1.Image, list[str] | None]]) -> Iterator[Entry]:
    """The files of an archive of images with their tags (``tarball.MultiRefWrite``).

    Layers that images share are there once: under the first name, if media types differ (as in Go).

    Raises:
        Error: what an image raises; before the first entry, ``unable to calculate manifest: …``.
    """
    manifest = _manifest(images)
    seen: set[str] = set()
    for image, _ in images:
        yield Entry.of(str(image.config_name()), image.raw_config_file())
        for layer in image.layers():
            digest = layer.digest().hex
            if digest not in seen:
                seen.add(digest)
                file = _layer_file(layer)
                yield Entry(file, layer.size(), layer.compressed, may_be_read_anywhere(layer))
    yield Entry.of("manifest.json", manifest)


def _manifest(images: Sequence[tuple[v1.Image, list[str] | None]]) -> bytes:
    """What ``manifest.json`` says of the images (``ComputeManifest``)."""
    try:
        described = [_describe(image, tags) for image, tags in images]
    except CancelledError:
        raise
    except Error as error:
        raise type(error)(f"unable to calculate manifest: {error}") from error
    described.sort(key=lambda it: ",".join(it.repo_tags or ()).encode())
    return b"[" + b",".join(map(json.marshal, described)) + b"]"


def _describe(image: v1.Image, tags: list[str] | None) -> Descriptor:
    config = str(image.config_name())
    files = [_layer_file(layer) for layer in image.layers()]
    return Descriptor(config, tags, files, foreign_sources(image))


def foreign_sources(image: v1.Image) -> dict[v1.Hash, v1.Descriptor]:
    """By DiffID, the layers that must not be passed on, and where they come from."""
    found = {}
    for layer in image.layers():
        digest = layer.digest()
        described = derived.blob_descriptor(image, digest)
        if not described.media_type.is_distributable():
            found[derived.blob_to_diff_id(image, digest)] = described
    return found


def _tag_text(tag: name.Tag) -> str:
    """The tag in full: Docker does not load what has none (go-containerregistry issue 890)."""
    text = str(tag)
    latest = f":{name.DEFAULT_TAG}"
    if tag.identifier() == name.DEFAULT_TAG and not text.endswith(latest):
        return text + latest
    return text


def _layer_file(layer: v1.Layer) -> str:
    """The name of the layer's file in an archive."""
    return f"{layer.digest().hex}{_EXTENSIONS.get(layer.media_type(), _GZIP_EXTENSION)}"
