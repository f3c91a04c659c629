"""Images as docker-save archives, piece by piece, as Go writes them: pkg/v1/tarball/write.go.

Nothing is written here: the caller sends the pieces to a file or a daemon.
"""

from __future__ import annotations

import contextlib
import copy

from pyggcr import name, v1
from pyggcr._gostd import json
from pyggcr._gostd.tar.entry import Entry
from pyggcr._gostd.tar.header import BLOCK_SIZE, END, padding
from pyggcr._layers import derived
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr.errors import CancelledError, Error, UnsupportedOptionError
from pyggcr.types import MediaType
from pyggcr.v1.tarball_manifest import Descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    # Images with their tags, as ``with_tags`` gives them.
    Images: TypeAlias = Sequence[tuple[v1.Image, list[str] | None]]

__all__ = ["entries", "foreign_sources", "manifest", "pieces", "size", "with_tags"]

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
    yield END


def entries(images: Images) -> Iterator[Entry]:
    """The files of an archive of images with their tags (``tarball.MultiRefWrite``).

    Layers that images share are there once: under the first name, if media types differ (as in Go).

    Raises:
        Error: what an image raises; before the first entry, ``unable to calculate manifest: …``.
    """
    _, document = _size_and_manifest(images)
    seen: set[str] = set()
    for image, _ in images:
        yield Entry.of(str(image.config_name()), image.raw_config_file())
        for layer in image.layers():
            digest = layer.digest().hex
            if digest not in seen:
                seen.add(digest)
                file = _layer_file(layer)
                yield Entry(file, layer.size(), layer.compressed, may_be_read_anywhere(layer))
    yield Entry.of("manifest.json", document)


def manifest(images: Images) -> list[Descriptor]:
    """What ``manifest.json`` says of the images (``ComputeManifest``).

    Raises:
        UnsupportedOptionError: there are no images.
        Error: what an image raises.
    """
    if not images:
        raise UnsupportedOptionError("set of images is empty")
    described = [_describe(image, tags) for image, tags in images]
    described.sort(key=lambda it: ",".join(it.repo_tags or ()).encode())
    return described


def size(images: Images) -> int:
    """How many bytes the archive has (``CalculateSize``); errors as for ``entries``."""
    return _size_and_manifest(images)[0]


def _size_and_manifest(images: Images) -> tuple[int, bytes]:
    with _saying("unable to calculate manifest"):
        described = manifest(images)
    document = b"[" + b",".join(map(json.marshal, described)) + b"]"
    with _saying("error calculating tarball size"):
        return _size(images, len(document)), document


def _size(images: Images, manifest_size: int) -> int:
    """The size of the archive, by what the manifests say (``calculateTarballSize``)."""
    total = _size_of_file(manifest_size) + len(END)
    seen: set[str] = set()
    for image, tags in images:
        with _saying(f"unable to get manifest for img [{' '.join(tags or ())}]"):
            found = image.manifest()
        total += _size_of_file(found.config.size)
        for layer in found.layers or ():
            if layer.digest.hex not in seen:
                seen.add(layer.digest.hex)
                total += _size_of_file(layer.size)
    return total


def _size_of_file(size: int) -> int:
    """What a file takes in an archive: a header, and whole blocks."""
    return BLOCK_SIZE + size + padding(size)


@contextlib.contextmanager
def _saying(what: str) -> Iterator[None]:
    """Put before the text of an error what was being done."""
    try:
        yield
    except CancelledError:
        raise
    except Error as error:
        told = copy.copy(error)
        told.message = f"{what}: {error.message}"
        told.args = (told.message,)
        raise told from error


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
