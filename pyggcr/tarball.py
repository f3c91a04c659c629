"""Archives as ``docker save`` writes them, and layers from tar files: pkg/v1/tarball.

For both engines. It behaves as Go does, upstream bugs included. What an archive's
``manifest.json`` holds is ``Descriptor``.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from pyggcr._gostd.gzip_options import (
    BEST_COMPRESSION,
    BEST_SPEED,
    DEFAULT_COMPRESSION,
    HUFFMAN_ONLY,
    NO_COMPRESSION,
    check_int64,
)
from pyggcr.compression import GZIP, NONE, ZSTD, Compression
from pyggcr.engine import gzip_profile_for, select
from pyggcr.errors import UnsupportedOptionError
from pyggcr.types import MediaType
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
    "calculate_size",
    "compute_manifest",
    "image",
    "image_from_path",
    "layer_from_opener",
    "layer_from_path",
    "layer_from_reader",
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

_log = logging.getLogger(__name__)

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
        gzip_profile: whose gzip bytes to write: ``go1.26``, ``go1.27``, ``go1.27-amd64v3`` or
            ``go1.27-arm64`` (docs/digests.md); ``None`` for those of the Go engine, which knows
            only its own.
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
    compression: Compression | str = GZIP,
    compression_level: int = BEST_SPEED,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    compressed_caching: bool = False,
) -> v1.Layer:
    """A layer made of a tar file, plain, gzip or zstd (``tarball.LayerFromFile``).

    The file is read twice at once, for the layer's digest and its DiffID. A file that is compressed
    stays as it is, whatever the options say.

    Args:
        path: the tar file.
        engine, gzip_profile: as for ``image_from_path``.
        compression: how a plain file is compressed (``tarball.WithCompression``): ``gzip`` or
            ``zstd``, of ``pyggcr.compression``. Anything else means gzip, with a warning in the
            log, as in Go. For zstd choose a ``media_type``, too.
        compression_level: for gzip from 1 (``BEST_SPEED``) to 9 (``BEST_COMPRESSION``), or
            ``DEFAULT_COMPRESSION``, ``NO_COMPRESSION``, ``HUFFMAN_ONLY``; for zstd any number, of
            which Go makes one of four speeds (``tarball.WithCompressionLevel``). Without the
            accelerator the Python engine does some 0.5 to 3 MB/s from level 2 on.
        media_type: what the layer says it is (``tarball.WithMediaType``). One that does not fit the
            compression is a warning in the log, as in Go.
        compressed_caching: keep the compressed bytes in memory, so that they are made only once
            (``tarball.WithCompressedCaching``).

    Raises:
        UnsupportedOptionError: the file is plain, and gzip has no such level.
        FileAccessError: the file cannot be read.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     size = file.write(bytes(1024))
    ...     file.flush()
    ...     layer = layer_from_path(
    ...         file.name, compression="zstd", media_type=MediaType.OCI_LAYER_ZSTD
    ...     )
    ...     layer.compressed().read(4).hex()
    '28b52ffd'
    """
    chosen = select(engine)
    algorithm, media_type = layer_options(compression, media_type)
    return chosen.tarball.layer_from_path(
        path=os.fspath(path),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        compression=algorithm,
        compression_level=check_int64(compression_level),
        media_type=media_type,
        compressed_caching=compressed_caching,
    )


def layer_from_opener(
    opener: Opener,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    compression: Compression | str = GZIP,
    compression_level: int = BEST_SPEED,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    compressed_caching: bool = False,
) -> v1.Layer:
    """A layer made of what a function opens (``tarball.LayerFromOpener``).

    Args:
        opener: as for ``image``.
        engine, gzip_profile, compression, compression_level, media_type, compressed_caching: as for
            ``layer_from_path``.
    """
    chosen = select(engine)
    algorithm, media_type = layer_options(compression, media_type)
    return chosen.tarball.layer_from_opener(
        opener=opener,
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
        compression=algorithm,
        compression_level=check_int64(compression_level),
        media_type=media_type,
        compressed_caching=compressed_caching,
    )


def layer_from_reader(
    reader: BinaryIO,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    compression: Compression | str = GZIP,
    compression_level: int = BEST_SPEED,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    compressed_caching: bool = False,
) -> v1.Layer:
    """A layer made of a stream, which is copied to a file (``tarball.LayerFromReader``).

    The file is temporary; ``pyggcr.stream.new_layer`` does without. Go never deletes it; here it
    has no name, and is gone with the layer and with what was made of it.

    Args:
        reader: an open binary stream, which is read to its end and not closed. What it raises is
            raised unchanged.
        engine, gzip_profile, compression, compression_level, media_type, compressed_caching: as for
            ``layer_from_path``.

    Raises:
        UnsupportedOptionError: as for ``layer_from_path``.
        FileAccessError: the temporary file cannot be written, say because the disk is full.

    >>> import io
    >>> with layer_from_reader(io.BytesIO(bytes(1024))) as layer:
    ...     with layer.uncompressed() as stream:
    ...         stream.read() == bytes(1024)
    True
    """
    from pyggcr._layers.copied import Copy

    return layer_from_opener(
        Copy(reader),
        engine=engine,
        gzip_profile=gzip_profile,
        compression=compression,
        compression_level=compression_level,
        media_type=media_type,
        compressed_caching=compressed_caching,
    )


def layer_options(
    compression: Compression | str, media_type: MediaType | str
) -> tuple[Compression, MediaType]:
    """The options of a layer, with Go's warnings about compressions that layers cannot have."""
    if compression == NONE:
        _log.warning(
            "Compression type 'none' is not supported for tarball layers; using gzip compression."
        )
    elif compression not in (GZIP, ZSTD):
        _log.warning(
            "Unexpected compression type for WithCompression(): %s; using gzip compression "
            "instead.",
            compression,
        )
    return ZSTD if compression == ZSTD else GZIP, MediaType(media_type)


def write(
    reference: name.Reference | str,
    image: v1.Image,
    stream: Writable,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of one image to a stream (``tarball.Write``); see ``multi_ref_write``."""
    multi_ref_write({_reference(reference): image}, stream, progress=progress)


def write_to_file(
    path: str | os.PathLike[str],
    reference: name.Reference | str,
    image: v1.Image,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of one image (``tarball.WriteToFile``); see ``multi_ref_write_to_file``."""
    multi_ref_write_to_file(path, {_reference(reference): image}, progress=progress)


def multi_write(
    images: Images,
    stream: Writable,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of images by their tags (``tarball.MultiWrite``)."""
    multi_ref_write(images, stream, progress=progress)


def multi_write_to_file(
    path: str | os.PathLike[str],
    images: Images,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of images by their tags (``tarball.MultiWriteToFile``)."""
    multi_ref_write_to_file(path, images, progress=progress)


def multi_ref_write(
    images: Images,
    stream: Writable,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write a docker-save archive of images to a stream (``tarball.MultiRefWrite``).

    Blobs stream through, and each is written once. The archive of one image with one tag is byte
    for byte Go's. Of several images or tags Go's order is that of a map, another one each time;
    here it is yours.

    Args:
        images: by their references, as a mapping or as pairs. Of a digest the archive keeps
            nothing: such an image has no tag in it. An image may have several references.
        stream: need not seek; it is not closed.
        progress: called after each piece with how far the archive has come in bytes
            (``tarball.WithProgress``). ``total`` is what ``calculate_size`` says. Go ends with an
            update whose error is ``io.EOF``; here the function returns.

    Raises:
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: what an image raises, after ``unable to calculate manifest: …``.
    """
    from pyggcr._layers.archive_writer import write_stream

    entries, wrote = _entries(images, progress)
    write_stream(entries, stream, wrote)


def multi_ref_write_to_file(
    path: str | os.PathLike[str],
    images: Images,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write a docker-save archive of images (``tarball.MultiRefWriteToFile``).

    The file is renamed into place once it is complete; a pipe or a device is written to.

    Args:
        path: the archive.
        images: as for ``multi_ref_write``; their layers are read four at a time.
        progress: as for ``multi_ref_write``; called by several threads, one at a time.

    Raises:
        FileAccessError: the file cannot be written; a file that was there before still is.
        Error: as for ``multi_ref_write``.
    """
    from pyggcr._layers.archive_writer import write_archive

    entries, wrote = _entries(images, progress)
    write_archive(entries, path, wrote)


def calculate_size(images: Images) -> int:
    """Tell how many bytes the archive of images will have (``tarball.CalculateSize``).

    Args:
        images: as for ``multi_ref_write``.

    Raises:
        UnsupportedOptionError, Error: as for ``multi_ref_write``.

    >>> from pyggcr import empty, name
    >>> calculate_size({name.new_tag("app:1"): empty.image()})
    3072
    """
    from pyggcr._layers import docker_archive

    return docker_archive.size(_with_tags(images))


def compute_manifest(images: Images) -> list[Descriptor]:
    """Tell what the ``manifest.json`` of images will say (``tarball.ComputeManifest``).

    Args:
        images: as for ``multi_ref_write``.

    Returns:
        An entry for each image, in the order of their tags.

    Raises:
        UnsupportedOptionError: there are no images.
        Error: what an image raises.

    >>> from pyggcr import empty, name
    >>> [it.repo_tags for it in compute_manifest({name.new_tag("app"): empty.image()})]
    [['app:latest']]
    """
    from pyggcr._layers import docker_archive

    return docker_archive.manifest(_with_tags(images))


def _entries(
    images: Images, progress: Callable[[v1.Update], None] | None
) -> tuple[Iterator[Entry], Callable[[int], None] | None]:
    """The files of an archive, and what to tell of each piece that was written."""
    from pyggcr._layers import docker_archive

    tagged = _with_tags(images)
    entries = docker_archive.entries(tagged)
    if progress is None:
        return entries, None
    from pyggcr.v1 import Update

    total = docker_archive.size(tagged)
    complete = 0

    def wrote(size: int) -> None:
        nonlocal complete
        complete += size
        progress(Update(total, complete))

    return entries, wrote


def _with_tags(images: Images) -> list[tuple[v1.Image, list[str] | None]]:
    from pyggcr._layers import docker_archive

    return docker_archive.with_tags(images.items() if isinstance(images, Mapping) else images)


def _reference(reference: name.Reference | str) -> name.Reference:
    if isinstance(reference, str):
        from pyggcr.name import parse_reference

        return parse_reference(reference)
    return reference


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
