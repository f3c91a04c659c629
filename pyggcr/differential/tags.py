"""Lists the images of an archive and their tags.

Only ``manifest.json`` is read (``tarball.LoadManifest``), which is right in all archives that
Docker writes. Images are not opened here.
"""

from __future__ import annotations

import os

from pyggcr._dataclasses import dataclass
from pyggcr.errors import InvalidReferenceError

__all__ = ["ImageTags", "images_of", "list_tags"]


@dataclass(frozen=True, slots=True)
class ImageTags:
    """One image of an archive.

    Attributes:
        config: the path of its config in the archive.
        tags: its tags, in the order of ``manifest.json``.
    """

    config: str
    tags: tuple[str, ...]


def images_of(path: str | os.PathLike[str], *, engine: str | None = None) -> tuple[ImageTags, ...]:
    """List the images of an archive.

    Args:
        path: an archive of ``docker save``.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        The images, in the order of ``manifest.json``.

    Raises:
        MissingPathError: there is no such file.
        FileAccessError: the archive cannot be read.
        MissingFileError: the archive has no ``manifest.json``.
        ArchiveError: the file is not a tar archive, or is damaged.
        CompressionError: the archive is damaged gzip.
        JSONError: ``manifest.json`` is malformed.
        UnsupportedOptionError: there is no such engine.
    """
    from pyggcr import tarball

    return tuple(
        ImageTags(config=descriptor.config, tags=tuple(descriptor.repo_tags or ()))
        for descriptor in tarball.load_manifest(os.fspath(path), engine=engine) or ()
    )


def list_tags(path: str | os.PathLike[str], *, engine: str | None = None) -> tuple[str, ...]:
    """List the tags by which images of an archive can be opened.

    Strings in ``RepoTags`` that are no valid tags are left out.

    Args:
        path: an archive of ``docker save``.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        The tags, each once, in the order of ``manifest.json``.

    Raises:
        Error: as ``images_of``.
    """
    tags = (tag for image in images_of(path, engine=engine) for tag in image.tags)
    return tuple(tag for tag in dict.fromkeys(tags) if _is_tag(tag))


def _is_tag(text: str) -> bool:
    from pyggcr import name

    try:
        name.new_tag(text)
    except InvalidReferenceError:
        return False
    return True
