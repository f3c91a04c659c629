"""Write archives in Docker's oldest format, with a folder for each layer: pkg/legacy/tarball.

Layers are stored uncompressed, each with a config of its own that names the layer below it;
``repositories`` names the topmost layer of each tag. The ``manifest.json`` of later versions of
Docker is written too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from pyggcr import name, partial, v1
from pyggcr._gostd.json import Map, marshal
from pyggcr._gostd.tar.entry import Entry
from pyggcr._layers.archive_writer import Target, write_archive
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.docker_archive import foreign_sources
from pyggcr.errors import MismatchedLayersError
from pyggcr.legacy.config import LayerConfigFile
from pyggcr.v1.kinds import STRING_MAP
from pyggcr.v1.tarball_manifest import Descriptor

__all__ = ["multi_write", "write"]

_VERSION = b"1.0"
_REPOSITORIES = Map(STRING_MAP, "tarball.repositoriesTarDescriptor")


def write(reference: name.Reference, image: v1.Image, target: Target) -> None:
    """Write an archive of one image (``tarball.Write``).

    Args:
        reference: the reference; a digest is not stored.
        image: any image; its layers are read twice, because their sizes come before them.
        target: a path, or a stream, which need not be seekable.

    Raises:
        ArchiveError: the length of a layer changed between the two reads.
        FileAccessError: the file cannot be written; a file that was there before is unchanged.
        MismatchedLayersError: the history of the config does not fit the number of layers.
        Error: an image cannot be read; the subclass says why.
    """
    multi_write({reference: image}, target)


def multi_write(
    images: Mapping[name.Reference, v1.Image] | Iterable[tuple[name.Reference, v1.Image]],
    target: Target,
) -> None:
    """Write an archive of several images (``tarball.MultiWrite``).

    Layers are read twice, because their sizes come before them.

    Args:
        images: images by reference, as a mapping or as pairs; a digest is not stored.
        target: a path, or a stream, which need not be seekable.

    Raises:
        ArchiveError: the length of a layer changed between the two reads.
        FileAccessError: the file cannot be written; a file that was there before is unchanged.
        MismatchedLayersError: the history of the config does not fit the number of layers.
        Error: an image cannot be read; the subclass says why.

    Examples:
        >>> import io
        >>> from pyggcr import empty, name
        >>> stream = io.BytesIO()
        >>> multi_write({name.new_tag("app:1"): empty.image()}, stream)
        >>> len(stream.getvalue()) % 512
        0
    """
    pairs = images.items() if isinstance(images, Mapping) else images
    write_archive(_Archive().entries(_by_image(pairs)), target)


def _by_image(
    images: Iterable[tuple[name.Reference, v1.Image]],
) -> list[tuple[v1.Image, list[str] | None]]:
    """Each image with its tags, in the order of the configs' digests; without tags, ``None``."""
    found: dict[int, tuple[v1.Image, list[str]]] = {}
    for reference, image in images:
        _, tags = found.setdefault(id(image), (image, []))
        if isinstance(reference, name.Tag):
            tags.append(str(reference))
    return sorted(
        ((image, sorted(tags) or None) for image, tags in found.values()),
        key=lambda it: it[0].config_name().hex,
    )


class _Archive:
    def __init__(self) -> None:
        self._layers: set[str] = set()
        self._images: list[Descriptor] = []
        self._repositories: dict[str, dict[str, str] | None] = {}

    def entries(self, images: Iterable[tuple[v1.Image, list[str] | None]]) -> Iterator[Entry]:
        for image, tags in images:
            yield from self._image(image, tags)
        manifests = b"[" + b",".join(map(marshal, self._images)) + b"]"
        yield Entry.of("manifest.json", manifests)
        yield Entry.of("repositories", _REPOSITORIES.encode(self._repositories).encode())

    def _image(self, image: v1.Image, tags: list[str] | None) -> Iterator[Entry]:
        raw = image.raw_config_file()
        config = f"{image.config_name().hex}.json"
        yield Entry.of(config, raw)
        files = []
        top = ""
        for layer, described in _layer_configs(image, raw):
            top = described.id
            files.append(f"{top}/layer.tar")
            if top not in self._layers:
                self._layers.add(top)
                yield from _layer(layer, described)
        self._images.append(Descriptor(config, tags, files, foreign_sources(image)))
        for tag in tags or ():
            repository, version = _split_tag(tag)
            versions = self._repositories.setdefault(repository, {})
            assert versions is not None
            versions[version] = top


def _layer(layer: v1.Layer, described: LayerConfigFile) -> Iterator[Entry]:
    folder = described.id
    size = partial.uncompressed_size(layer)
    yield Entry(f"{folder}/layer.tar", size, layer.uncompressed, may_be_read_anywhere(layer))
    yield Entry.of(f"{folder}/json", marshal(described))
    yield Entry.of(f"{folder}/VERSION", _VERSION)


def _layer_configs(image: v1.Image, raw: bytes) -> Iterator[tuple[v1.Layer, LayerConfigFile]]:
    """The layers, base layer first, each with the config that it gets here."""
    layers, config = image.layers(), image.config_file()
    histories = [it for it in config.history or () if not it.empty_layer]
    if not histories:
        histories = [v1.History() for _ in layers]
    elif len(histories) != len(layers):
        raise MismatchedLayersError(
            "image config had layer history which did not match the number of layers, "
            f"got len(history)={len(histories)}, len(layers)={len(layers)}, "
            "want len(history)=len(layers)"
        )
    parent = ""
    for layer, history in zip(layers[:-1], histories[:-1], strict=True):
        described = _layer_config(layer, parent, history)
        yield layer, described
        parent = described.id
    for layer, history in zip(layers[-1:], histories[-1:], strict=True):
        yield layer, _top_layer_config(layer, parent, history, config, raw)


def _layer_config(layer: v1.Layer, parent: str, history: v1.History) -> LayerConfigFile:
    return LayerConfigFile(
        author=history.author,
        created=history.created,
        container_config=v1.Config(cmd=[history.created_by]),
        id=_layer_id(f"{layer.digest().hex} {parent}".encode()),
        parent=parent,
        throwaway=history.empty_layer,
        comment=history.comment,
    )


def _top_layer_config(
    layer: v1.Layer, parent: str, history: v1.History, config: v1.ConfigFile, raw: bytes
) -> LayerConfigFile:
    """That of the last layer, which holds what the image's config says, too."""
    described = _layer_config(layer, parent, history)
    described.id = _layer_id(f"{layer.digest().hex} {parent} ".encode() + raw)
    described.architecture = config.architecture
    described.container = config.container
    described.docker_version = config.docker_version
    described.os = config.os
    described.config = config.config
    described.created = config.created
    return described


def _layer_id(of: bytes) -> str:
    return hashlib.sha256(of).hexdigest()


def _split_tag(reference: str) -> tuple[str, str]:
    """The repository and the tag; a colon before a slash belongs to a port."""
    repository, colon, tag = reference.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (reference, "")
