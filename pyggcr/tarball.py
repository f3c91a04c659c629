"""Archives as ``docker save`` writes them, and layers from tar files: pkg/v1/tarball.

For both engines. It behaves as Go does, upstream bugs included. What an archive's
``manifest.json`` holds is ``Descriptor``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from pyggcr._gostd.gzip_options import (
    BEST_COMPRESSION,
    BEST_SPEED,
    DEFAULT_COMPRESSION,
    HUFFMAN_ONLY,
    NO_COMPRESSION,
)
from pyggcr.engine import gzip_profile_for, select
from pyggcr.errors import UnsupportedOptionError
from pyggcr.v1.tarball_manifest import Descriptor

if TYPE_CHECKING:
    from pyggcr import name, v1
    from pyggcr._gostd.tar.entry import Entry
    from pyggcr._os.atomic_write import Writable

    # What the functions that write archives take: images by their references.
    Images: TypeAlias = (
        Mapping[name.Reference, v1.Image]
        | Mapping[name.Tag, v1.Image]
        | Iterable[tuple[name.Reference, v1.Image]]
    )

__all__ = [
    "BEST_COMPRESSION",
    "BEST_SPEED",
    "DEFAULT_COMPRESSION",
    "HUFFMAN_ONLY",
    "NO_COMPRESSION",
    "Descriptor",
    "Opener",
    "image",
    "image_from_path",
    "layer_from_opener",
    "layer_from_path",
    "load_manifest",
    "multi_ref_write",
    "multi_ref_write_to_file",
    "multi_write",
    "multi_write_to_file",
    "write",
    "write_to_file",
]

# Opens the archive from its beginning, again and again (``tarball.Opener``).
Opener = Callable[[], BinaryIO]

_LAYER_SOURCES = ("patched", "trusted")


def image_from_path(
    path: str | os.PathLike[str],
    tag: name.Tag | str | None = None,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    layer_sources: str = "patched",
) -> v1.Image:
    """Open the image in an archive (``tarball.ImageFromPath``).

    Args:
        path: the archive.
        tag: which image, by one of its tags; may be left out if there is only one image.
        engine: ``go`` or ``python``; ``None`` for the engine in force.
        gzip_profile: whose gzip bytes to write, ``go1.26`` or ``go1.27``; ``None`` for those of
            the Go engine. The Go engine knows only its own.
        layer_sources: ``patched`` as go-containerregistry does since v0.19, or ``trusted`` as up
            to v0.18 (only the Python engine): uncompressed layers of Docker 25 and later are
            then taken by their word, and not found by their digest.

    Raises:
        AmbiguousImageError: no tag was given and there is not exactly one image.
        TagNotFoundError: no image has the tag.
        ArchiveError: the archive is damaged, or not one of images.
        JSONError: its ``manifest.json`` is malformed.
        FileAccessError: it cannot be read.
    """
    chosen = select(engine)
    return chosen.tarball.image_from_path(
        path=os.fspath(path),
        tag=_tag(tag),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        layer_sources=_checked(layer_sources),
    )


def image(
    opener: Opener,
    tag: name.Tag | str | None = None,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    layer_sources: str = "patched",
) -> v1.Image:
    """Open the image in an archive that a function opens (``tarball.Image``).

    Args:
        opener: returns the archive as a new binary stream each time; the stream need not seek.
            What it raises reaches the caller unchanged.
        tag, engine, gzip_profile, layer_sources: as for ``image_from_path``.
    """
    chosen = select(engine)
    return chosen.tarball.image(
        opener=opener,
        tag=_tag(tag),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        layer_sources=_checked(layer_sources),
    )


def load_manifest(
    archive: str | os.PathLike[str] | Opener, *, engine: str | None = None
) -> list[Descriptor]:
    """What ``manifest.json`` says of each image in an archive (``tarball.LoadManifest``).

    Args:
        archive: a path, or a function that opens the archive.
        engine: ``go`` or ``python``; ``None`` for the engine in force.
    """
    tarball = select(engine).tarball
    if callable(archive):
        return tarball.load_manifest(opener=archive)
    return tarball.load_manifest_from_path(path=os.fspath(archive))


def layer_from_path(
    path: str | os.PathLike[str],
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    compression_level: int = BEST_SPEED,
) -> v1.Layer:
    """A layer made of a tar file, plain, gzip or zstd (``tarball.LayerFromFile``).

    The file is read twice at once, for the layer's digest and its DiffID.

    Args:
        path: the tar file.
        engine, gzip_profile: as for ``image_from_path``.
        compression_level: how a plain file is gzipped (``tarball.WithCompressionLevel``): from 1
            (``BEST_SPEED``) to 9 (``BEST_COMPRESSION``), or ``DEFAULT_COMPRESSION``,
            ``NO_COMPRESSION``, ``HUFFMAN_ONLY``. A file that is compressed stays as it is. On the
            Python engine levels from 2 on, and the default, are slow: some 0.5 to 3 MB/s.

    Raises:
        UnsupportedOptionError: the file is plain, and there is no such level.
        FileAccessError: the file cannot be read.
    """
    chosen = select(engine)
    return chosen.tarball.layer_from_path(
        path=os.fspath(path),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        compression_level=_go_int(compression_level),
    )


def layer_from_opener(
    opener: Opener,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    compression_level: int = BEST_SPEED,
) -> v1.Layer:
    """A layer made of what a function opens (``tarball.LayerFromOpener``).

    Args:
        opener: as for ``image``.
        engine, gzip_profile, compression_level: as for ``layer_from_path``.
    """
    chosen = select(engine)
    return chosen.tarball.layer_from_opener(
        opener=opener,
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        compression_level=_go_int(compression_level),
    )


def write(reference: name.Reference | str, image: v1.Image, stream: Writable) -> None:
    """Write an archive of one image to a stream (``tarball.Write``); see ``multi_ref_write``."""
    multi_ref_write({_reference(reference): image}, stream)


def write_to_file(
    path: str | os.PathLike[str], reference: name.Reference | str, image: v1.Image
) -> None:
    """Write an archive of one image (``tarball.WriteToFile``); see ``multi_ref_write_to_file``."""
    multi_ref_write_to_file(path, {_reference(reference): image})


def multi_write(images: Images, stream: Writable) -> None:
    """Write an archive of images by their tags (``tarball.MultiWrite``)."""
    multi_ref_write(images, stream)


def multi_write_to_file(path: str | os.PathLike[str], images: Images) -> None:
    """Write an archive of images by their tags (``tarball.MultiWriteToFile``)."""
    multi_ref_write_to_file(path, images)


def multi_ref_write(images: Images, stream: Writable) -> None:
    """Write a docker-save archive of images to a stream (``tarball.MultiRefWrite``).

    Blobs stream through, and each is written once. The archive is byte for byte Go's.

    Args:
        images: by their references, as a mapping or as pairs. Of a digest the archive keeps
            nothing: such an image has no tag in it. An image may have several references.
        stream: need not seek; it is not closed.

    Raises:
        ArchiveError: a layer is not as long as it says.
        Error: what an image raises, after ``unable to calculate manifest: …``.
    """
    from pyggcr._layers.archive_writer import write_stream

    write_stream(_entries(images), stream)


def multi_ref_write_to_file(path: str | os.PathLike[str], images: Images) -> None:
    """Write a docker-save archive of images (``tarball.MultiRefWriteToFile``).

    The file is renamed into place once it is complete; a pipe or a device is written to.

    Args:
        path: the archive.
        images: as for ``multi_ref_write``; their layers are read four at a time.

    Raises:
        FileAccessError: the file cannot be written; a file that was there before still is.
        Error: as for ``multi_ref_write``.
    """
    from pyggcr._layers.archive_writer import write_archive

    write_archive(_entries(images), path)


def _entries(images: Images) -> Iterator[Entry]:
    from pyggcr._layers import docker_archive

    pairs = images.items() if isinstance(images, Mapping) else images
    return docker_archive.entries(docker_archive.with_tags(pairs))


def _reference(reference: name.Reference | str) -> name.Reference:
    if isinstance(reference, str):
        from pyggcr.name import parse_reference

        return parse_reference(reference)
    return reference


def _go_int(level: int) -> int:
    if not -(1 << 63) <= level < 1 << 63:
        raise UnsupportedOptionError(f"gzip: invalid compression level: {level}")
    return level


def _tag(tag: name.Tag | str | None) -> name.Tag | None:
    if not isinstance(tag, str):
        return tag
    from pyggcr.name import new_tag

    return new_tag(tag)


def _checked(layer_sources: str) -> str:
    if layer_sources not in _LAYER_SOURCES:
        raise UnsupportedOptionError(
            f'layer_sources is "patched" or "trusted", not "{layer_sources}"'
        )
    return layer_sources
