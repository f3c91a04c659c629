"""Open images in archives: ``Load`` and ``LoadTag`` of pkg/crane/push.go."""

from __future__ import annotations

import os

from pyggcr import name, tarball
from pyggcr._gostd.strconv import quote
from pyggcr.crane.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr._layers.layer_cache import LayerCache

__all__ = ["load", "load_tag"]


def load(
    path: str | os.PathLike[str],
    *,
    engine: str | None = None,
    gzip_profile: str | None = None,
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Image:
    """Open the only image of a docker-save archive (``crane.Load``).

    Args:
        path: the archive.
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written, as for ``tarball.image_from_path``;
            default: that of the Go engine.
        layer_cache: a ``LayerCache``, or the path of its file, as for ``tarball.image_from_path``;
            default: the one in force, if any.

    Returns:
        The image; its layers are read when they are asked for.

    Raises:
        AmbiguousImageError: no tag was given, and the archive does not contain exactly one image.
        TagNotFoundError: no image has the tag.
        ArchiveError: the archive is damaged, or is not an archive of images.
        CompressionError: the archive is damaged gzip.
        JSONError: ``manifest.json`` or the config is malformed.
        InvalidHashError: a digest in the archive is malformed.
        FileAccessError: the archive cannot be read.
        UnsupportedOptionError: the engine does not have this ``gzip_profile``, or no layer cache.
        LayerCacheError: others may write the file of the layer cache.
        EngineUnavailableError: the engine is not available.
    """
    return tarball.image_from_path(
        path, engine=engine, gzip_profile=gzip_profile, layer_cache=layer_cache
    )


def load_tag(
    path: str | os.PathLike[str],
    tag: str,
    *,
    insecure: bool = False,
    engine: str | None = None,
    gzip_profile: str | None = None,
    layer_cache: LayerCache | str | os.PathLike[str] | None = None,
) -> v1.Image:
    """Open the image with a tag in a docker-save archive (``crane.LoadTag``).

    Args:
        path: the archive.
        tag: such as ``app:1``; an empty text stands for the only image of the archive.
        insecure: parse the tag as one of a registry without TLS; default false (``name.Insecure``).
        engine: ``go`` or ``python``; default: the engine in force.
        gzip_profile: the gzip encoder whose bytes are written, as for ``tarball.image_from_path``;
            default: that of the Go engine.
        layer_cache: a ``LayerCache``, or the path of its file, as for ``tarball.image_from_path``;
            default: the one in force, if any.

    Returns:
        The image; its layers are read when they are asked for.

    Raises:
        InvalidReferenceError: the tag is malformed.
        AmbiguousImageError: no tag was given, and the archive does not contain exactly one image.
        TagNotFoundError: no image has the tag.
        ArchiveError: the archive is damaged, or is not an archive of images.
        CompressionError: the archive is damaged gzip.
        JSONError: ``manifest.json`` or the config is malformed.
        InvalidHashError: a digest in the archive is malformed.
        FileAccessError: the archive cannot be read.
        UnsupportedOptionError: the engine does not have this ``gzip_profile``, or no layer cache.
        LayerCacheError: others may write the file of the layer cache.
        EngineUnavailableError: the engine is not available.
    """
    if not tag:
        return load(path, engine=engine, gzip_profile=gzip_profile, layer_cache=layer_cache)
    with wrapped(f"parsing tag {quote(tag)}"):
        parsed = name.new_tag(tag, insecure=insecure)
    return tarball.image_from_path(
        path, parsed, engine=engine, gzip_profile=gzip_profile, layer_cache=layer_cache
    )
