"""Which images an archive has, and under which tags: the ways to open it.

Read from ``manifest.json`` alone (``tarball.LoadManifest``), which is right in every archive that
Docker writes. Images are not opened here.
"""

from __future__ import annotations

import os

from pyggcr._dataclasses import dataclass
from pyggcr.errors import InvalidReferenceError

__all__ = ["ImageTags", "images_of", "list_tags"]


@dataclass(frozen=True, slots=True)
class ImageTags:
    """One image of an archive: the path of its config in the archive, and its tags."""

    config: str
    tags: tuple[str, ...]


def images_of(path: str | os.PathLike[str], *, engine: str | None = None) -> tuple[ImageTags, ...]:
    """The images of an archive in the order of its ``manifest.json``.

    Raises:
        ArchiveError: not a tar archive, or one without ``manifest.json``.
        FileAccessError: the archive cannot be opened.
        JSONError: ``manifest.json`` is malformed.
    """
    from pyggcr import tarball

    return tuple(
        ImageTags(config=descriptor.config, tags=tuple(descriptor.repo_tags or ()))
        for descriptor in tarball.load_manifest(os.fspath(path), engine=engine) or ()
    )


def list_tags(path: str | os.PathLike[str], *, engine: str | None = None) -> tuple[str, ...]:
    """Every tag by which an image of the archive can be asked for, each once, in its order.

    A string in ``RepoTags`` that is no tag is left out: it cannot be passed to an engine.

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
