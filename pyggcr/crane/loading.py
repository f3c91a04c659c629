"""Images from archives: ``Load`` and ``LoadTag`` of pkg/crane/push.go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pyggcr import name, tarball
from pyggcr._gostd.strconv import quote
from pyggcr.crane.wrapping import wrapped

if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["load", "load_tag"]


def load(
    path: str | os.PathLike[str], *, engine: str | None = None, gzip_profile: str | None = None
) -> v1.Image:
    """Open the only image of a docker-save archive (``crane.Load``).

    Args:
        path: the archive.
        engine, gzip_profile: as for ``tarball.image_from_path``.

    Raises:
        AmbiguousImageError: the archive has not exactly one image.
        ArchiveError, JSONError, FileAccessError: as for ``tarball.image_from_path``.
        EngineUnavailableError: the engine is not there.
    """
    return tarball.image_from_path(path, engine=engine, gzip_profile=gzip_profile)


def load_tag(
    path: str | os.PathLike[str],
    tag: str,
    *,
    insecure: bool = False,
    engine: str | None = None,
    gzip_profile: str | None = None,
) -> v1.Image:
    """Open the image of a docker-save archive that has a tag (``crane.LoadTag``).

    Args:
        path: the archive.
        tag: such as ``app:1``; an empty text stands for the only image of the archive.
        insecure: parse the tag as that of a registry without TLS (``name.Insecure``).
        engine, gzip_profile: as for ``tarball.image_from_path``.

    Raises:
        InvalidReferenceError: the tag is none.
        TagNotFoundError: no image has it.
        AmbiguousImageError, ArchiveError, JSONError, FileAccessError, EngineUnavailableError: as
            for ``load``.
    """
    if not tag:
        return load(path, engine=engine, gzip_profile=gzip_profile)
    with wrapped(f"parsing tag {quote(tag)}"):
        parsed = name.new_tag(tag, insecure=insecure)
    return tarball.image_from_path(path, parsed, engine=engine, gzip_profile=gzip_profile)
