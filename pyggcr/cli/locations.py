"""Locations of images on the command line: ``--daemon``, and what ``pyggcr.open`` takes, too.

``as_archive`` makes an archive of what a Docker engine has; ``stored`` opens what is no archive of
docker save: OCI layouts, and images of registries.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pyggcr._dataclasses import replace
from pyggcr.cli.group import HintedError
from pyggcr.errors import AmbiguousImageError, ImageNotFoundError, TagNotFoundError
from pyggcr.store.transports import parse_location

if TYPE_CHECKING:
    from pyggcr.cli.options import ImageChoice
    from pyggcr.store import StoredImage

__all__ = ["as_archive", "stored"]


@contextlib.contextmanager
def as_archive(choice: ImageChoice) -> Iterator[ImageChoice]:
    """A choice of a location, with the path of an archive that go-containerregistry can open.

    What a Docker engine saves is such a file as long as the block lasts. What is no archive of
    docker save stays as it is.
    """
    location = parse_location(choice.path)
    assert location is not None
    if location.transport == "docker-daemon":
        from pyggcr.store.locations import saved_by_daemon

        with contextlib.closing(saved_by_daemon(location.name, choice.path)) as archive:
            yield replace(choice, path=archive.path)
    elif location.transport == "docker-archive" and location.position is None:
        yield replace(choice, path=location.name, tag=choice.tag or location.reference or None)
    else:
        yield choice


@contextlib.contextmanager
def stored(choice: ImageChoice) -> Iterator[StoredImage]:
    """The image of a location, opened by ``pyggcr.open``.

    Raises:
        HintedError: there are several images to choose from, or none that is asked for.
    """
    import pyggcr

    if choice.engine == "go":
        raise click.UsageError(f"{choice.path}: only the Python engine reads this.")
    with pyggcr.open(choice.path, gzip_profile=choice.gzip_profile) as store:
        try:
            image = store.image(tag=choice.tag)
        except (AmbiguousImageError, ImageNotFoundError, TagNotFoundError) as error:
            raise HintedError(error.message, hint="--tag chooses among images by name") from error
        yield image
