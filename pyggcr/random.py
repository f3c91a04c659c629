"""Layers, images and indexes of random bytes, for tests: pkg/v1/random."""

from __future__ import annotations

import secrets

from pyggcr._gostd.mathrand import Source
from pyggcr.engine import gzip_profile_for, select
from pyggcr.errors import UnsupportedOptionError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._gostd.mathrand import Int63Source

__all__ = ["Source", "image", "index", "layer"]


def layer(
    byte_size: int,
    media_type: MediaType | str = MediaType.DOCKER_LAYER,
    *,
    source: Int63Source | int | None = None,
    engine: str | None = None,
    gzip_profile: str | None = None,
) -> v1.Layer:
    """Make a layer with one file of random bytes (``random.Layer``).

    The file is named after the first random number, ``random_file_NUMBER.txt``. The layer is kept
    in memory.

    Args:
        byte_size: the size of the file in each layer, in bytes.
        media_type: the media type of the layer; default that of Docker's gzip layers. Go has no
            default.
        source: where the random numbers come from (``random.WithSource``). A number is the seed of
            a new ``Source``. A ``Source``, or any object with ``int63()``, continues from one call
            to the next, as in Go. Default ``None``: different bytes each time.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written, as for ``tarball.image_from_path``;
            default: that of the Go engine.

    Returns:
        A layer with the bytes that Go makes from the same source.

    Raises:
        ArchiveError: ``byte_size`` is negative.
        UnsupportedOptionError: a number does not fit into 64 bits; or the engine does not have this
            ``gzip_profile``.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> layer(16, source=1).diff_id() == layer(16, source=Source(1)).diff_id()
        True
        >>> source = Source(1)
        >>> layer(16, source=source).diff_id() == layer(16, source=source).diff_id()
        False
    """
    chosen = select(engine)
    return chosen.random.layer(
        byte_size=_int64(byte_size),
        media_type=MediaType(media_type),
        source=_source(source),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
    )


def image(
    byte_size: int,
    layers: int,
    *,
    source: Int63Source | int | None = None,
    engine: str | None = None,
    gzip_profile: str | None = None,
) -> v1.Image:
    """Make an image of random layers (``random.Image``).

    It has Docker's media types, a history entry for each layer, and neither an architecture nor an
    operating system.

    Args:
        byte_size: the size of the file in each layer, in bytes.
        layers: the number of layers; with none, the image is ``empty.image``.
        source: where the random numbers come from (``random.WithSource``). A number is the seed of
            a new ``Source``. A ``Source``, or any object with ``int63()``, continues from one call
            to the next, as in Go. Default ``None``: different bytes each time.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written, as for ``tarball.image_from_path``;
            default: that of the Go engine.

    Returns:
        The image; its layers share the source.

    Raises:
        ArchiveError: ``byte_size`` is negative.
        UnsupportedOptionError: a number does not fit into 64 bits; or the engine does not have this
            ``gzip_profile``.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> [it.comment for it in image(16, 2).config_file().history]
        ['this is a random history 0 of 2', 'this is a random history 1 of 2']
    """
    chosen = select(engine)
    return chosen.random.image(
        byte_size=_int64(byte_size),
        layers=_int64(layers),
        source=_source(source),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
    )


def index(
    byte_size: int,
    layers: int,
    count: int,
    *,
    source: Int63Source | int | None = None,
    engine: str | None = None,
    gzip_profile: str | None = None,
) -> v1.ImageIndex:
    """Make an OCI index of random images (``random.Index``).

    Args:
        byte_size: the size of the file in each layer, in bytes.
        layers: the number of layers in each image.
        count: the number of images.
        source: where the random numbers come from (``random.WithSource``). A number is the seed of
            a new ``Source``. A ``Source``, or any object with ``int63()``, continues from one call
            to the next, as in Go. Default ``None``: different bytes each time.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written, as for ``tarball.image_from_path``;
            default: that of the Go engine.

    Returns:
        The index; its images share the source.

    Raises:
        ArchiveError: ``byte_size`` is negative.
        UnsupportedOptionError: a number does not fit into 64 bits; or the engine does not have this
            ``gzip_profile``.
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> len(index(16, 1, 3).index_manifest().manifests)
        3
    """
    chosen = select(engine)
    return chosen.random.index(
        byte_size=_int64(byte_size),
        layers=_int64(layers),
        count=_int64(count),
        source=_source(source),
        gzip_profile=gzip_profile_for(chosen, gzip_profile),
    )


def _source(source: Int63Source | int | None) -> Int63Source:
    if source is None:
        return Source(secrets.randbits(63))
    return Source(source) if isinstance(source, int) else source


def _int64(number: int) -> int:
    if not -(1 << 63) <= number < 1 << 63:
        raise UnsupportedOptionError(f"{number} is no number of 64 bits")
    return number
