"""Archives as ``docker save`` writes them, and layers from tar files: pkg/v1/tarball.

Both engines behave as Go does, including upstream bugs. An entry of an archive's ``manifest.json``
is a ``Descriptor``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from pyggcr._gostd.gzip_options import (
    BEST_COMPRESSION,
    BEST_SPEED,
    DEFAULT_COMPRESSION,
    HUFFMAN_ONLY,
    NO_COMPRESSION,
    check_int64,
)
from pyggcr._layers.known_layers import use_optional
from pyggcr._os.logs import Log
from pyggcr.compression import GZIP, NONE, ZSTD, Compression
from pyggcr.engine import gzip_profile_for, select
from pyggcr.errors import UnsupportedOptionError
from pyggcr.types import MediaType
from pyggcr.v1.tarball_manifest import Descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, TypeAlias

    from pyggcr import name, v1
    from pyggcr._gostd.tar.entry import Entry
    from pyggcr._layers.layer_cache import LayerCache
    from pyggcr._os.atomic_write import Writable

    # What the functions that write archives take: images by their references.
    Images: TypeAlias = (
        Mapping[name.Reference, v1.Image]
        | Mapping[name.Tag, v1.Image]
        | Iterable[tuple[name.Reference, v1.Image]]
    )
else:
    from pyggcr._typing import BinaryIO

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

_log = Log(__name__)

_LAYER_SOURCES = ("patched", "trusted")


def image_from_path(
    path: str | os.PathLike[str],
    tag: name.Tag | str | None = None,
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    layer_sources: str = "patched",
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Image:
    """Open an image in an archive (``tarball.ImageFromPath``).

    Args:
        path: the archive.
        tag: which image, by one of its tags; default: the only image of the archive.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64`` (docs/digests.md); default: that of the Go
            engine, which has only its own.
        layer_sources: ``patched``, as go-containerregistry since v0.19; or ``trusted``, as up to
            v0.18 (Python engine only): the archive's descriptors of uncompressed layers of Docker
            25 and later are then believed, and the layers are not found by digest. Default
            ``patched``.
        layer_cache: a ``LayerCache``, or the path of its file, which remembers the gzip of
            uncompressed layers (docs/layer-cache.md; Python engine only); default: the one in
            force, if any.

    Returns:
        The image; its layers are read when they are asked for.

    Raises:
        MissingPathError: there is no such file.
        FileAccessError: the archive cannot be read.
        AmbiguousImageError: no tag was given, and the archive does not contain exactly one image.
        TagNotFoundError: no image in the archive has the tag.
        MissingFileError: the archive lacks a file that ``manifest.json`` names, or
            ``manifest.json`` itself.
        TruncatedError: the archive ends too early.
        ArchiveError: the archive is damaged, or is not an archive of images.
        CompressionError: the archive or a layer is damaged gzip.
        JSONError: ``manifest.json`` or the config is malformed.
        InvalidHashError: a digest in the archive is malformed.
        InvalidReferenceError: the tag is not a valid one.
        UnsupportedOptionError: the engine does not have this ``gzip_profile`` or ``layer_sources``,
            or no layer cache.
        LayerCacheError: others may write the file of the layer cache.
    """
    chosen = select(engine)
    with use_optional(layer_cache):
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
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Image:
    """Open an image in an archive that a function opens (``tarball.Image``).

    Args:
        opener: returns the archive as a new binary stream each time; the stream need not be
            seekable. Its exceptions reach the caller unchanged.
        tag: which image, by one of its tags; default: the only image of the archive.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64`` (docs/digests.md); default: that of the Go
            engine, which has only its own.
        layer_sources: ``patched``, as go-containerregistry since v0.19; or ``trusted``, as up to
            v0.18 (Python engine only): the archive's descriptors of uncompressed layers of Docker
            25 and later are then believed, and the layers are not found by digest. Default
            ``patched``.
        layer_cache: a ``LayerCache``, or the path of its file, which remembers the gzip of
            uncompressed layers (docs/layer-cache.md; Python engine only); default: the one in
            force, if any.

    Returns:
        The image; its layers are read when they are asked for.

    Raises:
        MissingPathError: there is no such file.
        FileAccessError: the archive cannot be read.
        AmbiguousImageError: no tag was given, and the archive does not contain exactly one image.
        TagNotFoundError: no image in the archive has the tag.
        MissingFileError: the archive lacks a file that ``manifest.json`` names, or
            ``manifest.json`` itself.
        TruncatedError: the archive ends too early.
        ArchiveError: the archive is damaged, or is not an archive of images.
        CompressionError: the archive or a layer is damaged gzip.
        JSONError: ``manifest.json`` or the config is malformed.
        InvalidHashError: a digest in the archive is malformed.
        InvalidReferenceError: the tag is not a valid one.
        UnsupportedOptionError: the engine does not have this ``gzip_profile`` or ``layer_sources``,
            or no layer cache.
        LayerCacheError: others may write the file of the layer cache.
    """
    chosen = select(engine)
    with use_optional(layer_cache):
        return chosen.tarball.image(
            opener=opener,
            tag=_tag(tag),
            gzip_profile=gzip_profile_for(chosen, gzip_profile),
            layer_sources=_checked(layer_sources),
        )


def load_manifest(
    archive: str | os.PathLike[str] | Opener, *, engine: str | None = None
) -> list[Descriptor]:
    """Read the ``manifest.json`` of an archive (``tarball.LoadManifest``).

    Args:
        archive: a path, or a function that opens the archive.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        One entry for each image; none for ``null``.

    Raises:
        MissingPathError: there is no such file.
        FileAccessError: the archive cannot be read.
        AmbiguousImageError: no tag was given, and the archive does not contain exactly one image.
        TagNotFoundError: no image in the archive has the tag.
        MissingFileError: the archive lacks a file that ``manifest.json`` names, or
            ``manifest.json`` itself.
        TruncatedError: the archive ends too early.
        ArchiveError: the archive is damaged, or is not an archive of images.
        CompressionError: the archive or a layer is damaged gzip.
        JSONError: ``manifest.json`` or the config is malformed.
        InvalidHashError: a digest in the archive is malformed.
        InvalidReferenceError: the tag is not a valid one.
        UnsupportedOptionError: the engine does not have this ``gzip_profile`` or ``layer_sources``.
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
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Layer:
    """Make a layer from a tar file, plain, gzip or zstd (``tarball.LayerFromFile``).

    The file is read twice at the same time, for the digest and for the DiffID. A compressed file is
    used as it is, whatever the options say.

    Args:
        path: the tar file.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64`` (docs/digests.md); default: that of the Go
            engine, which has only its own.
        compression: how an uncompressed file is compressed, ``gzip`` or ``zstd`` of
            ``pyggcr.compression``; default ``gzip`` (``tarball.WithCompression``). Anything else
            means gzip, with a warning in the log, as in Go. For zstd choose a ``media_type`` too.
        compression_level: for gzip 1 (``BEST_SPEED``) to 9 (``BEST_COMPRESSION``), or
            ``DEFAULT_COMPRESSION``, ``NO_COMPRESSION``, ``HUFFMAN_ONLY``; for zstd any number,
            which Go maps to one of four speeds; default 1 (``tarball.WithCompressionLevel``).
            Without the accelerator the Python engine writes some 0.5 to 3 MB/s from level 2 on.
        media_type: the media type of the layer; default that of Docker's gzip layers
            (``tarball.WithMediaType``). If it does not fit the compression, a warning is logged, as
            in Go.
        compressed_caching: keep the compressed bytes in memory, so that they are computed only
            once; default false (``tarball.WithCompressedCaching``).
        layer_cache: a ``LayerCache``, or the path of its file, which remembers the gzip of
            uncompressed layers (docs/layer-cache.md; Python engine only); default: the one in
            force, if any.

    Returns:
        A layer.

    Raises:
        UnsupportedOptionError: the file is not compressed, and gzip has no such level; or the
            engine does not have this ``gzip_profile``, or no layer cache.
        LayerCacheError: others may write the file of the layer cache, or it named another blob than
            compressing gives.
        FileAccessError: the file cannot be read.
        Error: the content cannot be read; the subclass says why, such as ``CompressionError``.

    Examples:
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
    with use_optional(layer_cache):
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
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Layer:
    """Make a layer from a tar that a function opens (``tarball.LayerFromOpener``).

    Args:
        opener: returns the tar as a new binary stream each time; the stream need not be seekable.
            Its exceptions reach the caller unchanged.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64`` (docs/digests.md); default: that of the Go
            engine, which has only its own.
        compression: how an uncompressed file is compressed, ``gzip`` or ``zstd`` of
            ``pyggcr.compression``; default ``gzip`` (``tarball.WithCompression``). Anything else
            means gzip, with a warning in the log, as in Go. For zstd choose a ``media_type`` too.
        compression_level: for gzip 1 (``BEST_SPEED``) to 9 (``BEST_COMPRESSION``), or
            ``DEFAULT_COMPRESSION``, ``NO_COMPRESSION``, ``HUFFMAN_ONLY``; for zstd any number,
            which Go maps to one of four speeds; default 1 (``tarball.WithCompressionLevel``).
            Without the accelerator the Python engine writes some 0.5 to 3 MB/s from level 2 on.
        media_type: the media type of the layer; default that of Docker's gzip layers
            (``tarball.WithMediaType``). If it does not fit the compression, a warning is logged, as
            in Go.
        compressed_caching: keep the compressed bytes in memory, so that they are computed only
            once; default false (``tarball.WithCompressedCaching``).
        layer_cache: a ``LayerCache``, or the path of its file, which remembers the gzip of
            uncompressed layers (docs/layer-cache.md; Python engine only); default: the one in
            force, if any.

    Returns:
        A layer.

    Raises:
        UnsupportedOptionError: the file is not compressed, and gzip has no such level; or the
            engine does not have this ``gzip_profile``, or no layer cache.
        LayerCacheError: others may write the file of the layer cache, or it named another blob than
            compressing gives.
        FileAccessError: the file cannot be read.
        Error: the content cannot be read; the subclass says why, such as ``CompressionError``.

    Examples:
        >>> import io
        >>> layer_from_opener(lambda: io.BytesIO(bytes(1024))).media_type()
        'application/vnd.docker.image.rootfs.diff.tar.gzip'
    """
    chosen = select(engine)
    algorithm, media_type = layer_options(compression, media_type)
    with use_optional(layer_cache):
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
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Layer:
    """Make a layer from a stream, copied to a temporary file (``tarball.LayerFromReader``).

    ``pyggcr.stream.new_layer`` needs no file. Go never deletes the file; here it has no name, and
    disappears with the layer and what was made of it.

    Args:
        reader: an open binary stream, which is read to its end and not closed. Its exceptions reach
            the caller unchanged.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written: ``go1.26``, ``go1.27``,
            ``go1.27-amd64v3`` or ``go1.27-arm64`` (docs/digests.md); default: that of the Go
            engine, which has only its own.
        compression: how an uncompressed file is compressed, ``gzip`` or ``zstd`` of
            ``pyggcr.compression``; default ``gzip`` (``tarball.WithCompression``). Anything else
            means gzip, with a warning in the log, as in Go. For zstd choose a ``media_type`` too.
        compression_level: for gzip 1 (``BEST_SPEED``) to 9 (``BEST_COMPRESSION``), or
            ``DEFAULT_COMPRESSION``, ``NO_COMPRESSION``, ``HUFFMAN_ONLY``; for zstd any number,
            which Go maps to one of four speeds; default 1 (``tarball.WithCompressionLevel``).
            Without the accelerator the Python engine writes some 0.5 to 3 MB/s from level 2 on.
        media_type: the media type of the layer; default that of Docker's gzip layers
            (``tarball.WithMediaType``). If it does not fit the compression, a warning is logged, as
            in Go.
        compressed_caching: keep the compressed bytes in memory, so that they are computed only
            once; default false (``tarball.WithCompressedCaching``).
        layer_cache: a ``LayerCache``, or the path of its file, which remembers the gzip of
            uncompressed layers (docs/layer-cache.md; Python engine only); default: the one in
            force, if any.

    Returns:
        A layer.

    Raises:
        UnsupportedOptionError, LayerCacheError: as for ``layer_from_path``.
        FileAccessError: the temporary file cannot be written, for example because the disk is full.
        Error: the content cannot be read; the subclass says why, such as ``CompressionError``.

    Examples:
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
        layer_cache=layer_cache,
    )


def layer_options(
    compression: Compression | str, media_type: MediaType | str
) -> tuple[Compression, MediaType]:
    """Return the options of a layer, and log Go's warnings about unsuitable compressions.

    Args:
        compression: the algorithm asked for.
        media_type: the media type asked for.

    Returns:
        The algorithm, which is gzip or zstd, and the media type.
    """
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
    """Write an archive of one image to a stream (``tarball.Write``).

    Args:
        reference: the tag that the archive stores, parsed or as a text.
        image: any image.
        stream: a binary stream to write to; it need not be seekable, and is not closed.
        progress: called after each piece with the bytes written so far (``tarball.WithProgress``);
            ``total`` is what ``calculate_size`` returns. Go ends with an update whose error is
            ``io.EOF``; here the function returns.

    Raises:
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.

    Examples:
        >>> import io
        >>> from pyggcr import empty
        >>> stream = io.BytesIO()
        >>> write("app:1", empty.image(), stream)
        >>> image(lambda: io.BytesIO(stream.getvalue()), "app:1").layers()
        []
    """
    multi_ref_write({_reference(reference): image}, stream, progress=progress)


def write_to_file(
    path: str | os.PathLike[str],
    reference: name.Reference | str,
    image: v1.Image,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of one image (``tarball.WriteToFile``).

    The file is renamed into place once it is complete.

    Args:
        path: the archive to write.
        reference: the tag that the archive stores, parsed or as a text.
        image: any image.
        progress: as for ``write``; called by several threads, one at a time.

    Raises:
        InvalidReferenceError: the text is not a reference.
        FileAccessError: the operating system refuses; a file that was there before is unchanged.
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.
    """
    multi_ref_write_to_file(path, {_reference(reference): image}, progress=progress)


def multi_write(
    images: Images,
    stream: Writable,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of images to a stream (``tarball.MultiWrite``).

    The same as ``multi_ref_write``.

    Args:
        images: images by reference, as a mapping or as pairs. An image may have several references.
            A digest is not stored: such an image has no tag in the archive.
        stream: a binary stream to write to; it need not be seekable, and is not closed.
        progress: called after each piece with the bytes written so far (``tarball.WithProgress``);
            ``total`` is what ``calculate_size`` returns. Go ends with an update whose error is
            ``io.EOF``; here the function returns.

    Raises:
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.
    """
    multi_ref_write(images, stream, progress=progress)


def multi_write_to_file(
    path: str | os.PathLike[str],
    images: Images,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of images (``tarball.MultiWriteToFile``).

    The same as ``multi_ref_write_to_file``.

    Args:
        path: the archive to write.
        images: images by reference, as a mapping or as pairs. An image may have several references.
            A digest is not stored: such an image has no tag in the archive.
        progress: as for ``multi_write``; called by several threads, one at a time.

    Raises:
        FileAccessError: the operating system refuses; a file that was there before is unchanged.
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.
    """
    multi_ref_write_to_file(path, images, progress=progress)


def multi_ref_write(
    images: Images,
    stream: Writable,
    *,
    progress: Callable[[v1.Update], None] | None = None,
) -> None:
    """Write an archive of images to a stream, as docker save does (``tarball.MultiRefWrite``).

    Blobs are streamed, and each is written once. The archive of one image with one tag is byte for
    byte the same as Go's. With several images or tags, Go's order is that of a map, different each
    time; here it is the order you give.

    Args:
        images: images by reference, as a mapping or as pairs. An image may have several references.
            A digest is not stored: such an image has no tag in the archive.
        stream: a binary stream to write to; it need not be seekable, and is not closed.
        progress: called after each piece with the bytes written so far (``tarball.WithProgress``);
            ``total`` is what ``calculate_size`` returns. Go ends with an update whose error is
            ``io.EOF``; here the function returns.

    Raises:
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.
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
    """Write an archive of images, as docker save does (``tarball.MultiRefWriteToFile``).

    The file is renamed into place once it is complete; a pipe or a device is written to. Layers are
    read four at a time.

    Args:
        path: the archive to write.
        images: images by reference, as a mapping or as pairs. An image may have several references.
            A digest is not stored: such an image has no tag in the archive.
        progress: as for ``multi_ref_write``; called by several threads, one at a time.

    Raises:
        FileAccessError: the operating system refuses; a file that was there before is unchanged.
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.
    """
    from pyggcr._layers.archive_writer import write_archive

    entries, wrote = _entries(images, progress)
    write_archive(entries, path, wrote)


def calculate_size(images: Images) -> int:
    """Compute the size of the archive that would be written (``tarball.CalculateSize``).

    Args:
        images: images by reference, as a mapping or as pairs. An image may have several references.
            A digest is not stored: such an image has no tag in the archive.

    Returns:
        Bytes.

    Raises:
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.

    Examples:
        >>> from pyggcr import empty, name
        >>> calculate_size({name.new_tag("app:1"): empty.image()})
        3072
    """
    from pyggcr._layers import docker_archive

    return docker_archive.size(_with_tags(images))


def compute_manifest(images: Images) -> list[Descriptor]:
    """Compute the ``manifest.json`` that would be written (``tarball.ComputeManifest``).

    Args:
        images: images by reference, as a mapping or as pairs. An image may have several references.
            A digest is not stored: such an image has no tag in the archive.

    Returns:
        An entry for each image, in the order of their tags.

    Raises:
        UnsupportedOptionError: there are no images.
        ArchiveError: a layer is not as long as it says.
        StreamNotComputedError: a layer is a stream that was not read yet.
        Error: an image cannot be read; the message begins with ``unable to calculate manifest: …``.

    Examples:
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
