"""The options that the commands share, and opening the image that they name."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from pyggcr._dataclasses import dataclass
from pyggcr._gostd.gzip_options import PROFILES
from pyggcr.cli.group import HintedError
from pyggcr.errors import AmbiguousImageError, TagNotFoundError

if TYPE_CHECKING:
    from pyggcr.errors import Error
    from pyggcr.v1.image import Image

__all__ = [
    "ImageChoice",
    "as_json",
    "image_choice",
    "in_daemon",
    "located",
    "opened",
    "reading_options",
]

# What containers-transports(5) has before an image of a registry.
OF_REGISTRY = "docker://"

ENGINES = ("go", "python")


# What --daemon puts before the name of an image.
_OF_ENGINE = "docker-daemon:"


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """Which image, and how to read it; ``None`` leaves a choice to the library.

    Attributes:
        path: the archive, or a location that ``pyggcr.store.transports`` knows.
    """

    path: str
    tag: str | None
    engine: str | None
    gzip_profile: str | None

    def to_json(self) -> dict[str, str | None]:
        """The head of each JSON document: what was asked."""
        return {"archive": self.path, "tag": self.tag}

    def is_location(self) -> bool:
        """Whether the path is none, but names a location."""
        if ":" not in self.path:
            return False
        from pyggcr.store.transports import names_location

        return names_location(self.path)


# Whether it can be read is the library's to tell, in Go's words.
archive_argument = click.argument("archive", type=click.Path(readable=False))
tag_option = click.option("--tag", metavar="TAG", help="Which image, if there are several.")
engine_option = click.option("--engine", type=click.Choice(ENGINES), help="Who does the work.")
gzip_profile_option = click.option(
    "--gzip-profile",
    type=click.Choice(PROFILES),
    help="Which Go's gzip to write for layers that the archive holds uncompressed.",
)
daemon_option = click.option(
    "--daemon", is_flag=True, help="The archive is an image of the Docker engine, such as app:1."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def reading_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --tag, --gzip-profile and --daemon, for an argument that may be an archive."""
    return tag_option(gzip_profile_option(daemon_option(command)))


def image_choice(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command ARCHIVE, and --engine with the options of reading, as one ``ImageChoice``."""

    @archive_argument
    @engine_option
    @reading_options
    @functools.wraps(command)
    def wrapper(
        archive: str,
        tag: str | None,
        engine: str | None,
        gzip_profile: str | None,
        daemon: bool,
        **rest: Any,
    ) -> int | None:
        location = in_daemon(archive) if daemon else archive
        return command(ImageChoice(location, tag, engine, gzip_profile), **rest)

    return wrapper


def in_daemon(image: str) -> str:
    """The location of an image that the Docker engine has."""
    return f"{_OF_ENGINE}{image.removeprefix(_OF_ENGINE)}"


@contextlib.contextmanager
def located(choice: ImageChoice) -> Iterator[ImageChoice]:
    """The choice as one of an archive on disk, where a location can be that.

    What a Docker engine saves is such an archive as long as the block lasts.
    """
    if not choice.is_location():
        yield choice
        return
    from pyggcr.cli.locations import as_archive

    with as_archive(choice) as found:
        yield found


@contextlib.contextmanager
def opened(choice: ImageChoice) -> Iterator[Image]:
    """The image that was chosen, closed afterwards.

    Raises:
        HintedError: the tag does not choose one; the hint names the tags that there are.
        Error: as ``tarball.image_from_path``, and as ``pyggcr.open`` for locations.
    """
    with located(choice) as found, _opened(found) as image:
        yield image


def _opened(choice: ImageChoice) -> contextlib.AbstractContextManager[Image]:
    if not choice.is_location():
        return _archived(choice)
    from pyggcr.cli.locations import stored

    return stored(choice)


@contextlib.contextmanager
def _archived(choice: ImageChoice) -> Iterator[Image]:
    from pyggcr import tarball

    try:
        image = tarball.image_from_path(
            choice.path, choice.tag, engine=choice.engine, gzip_profile=choice.gzip_profile
        )
    except (AmbiguousImageError, TagNotFoundError) as error:
        raise _with_tags(error, choice) from error
    with image:
        yield image


def _with_tags(error: Error, choice: ImageChoice) -> HintedError:
    from pyggcr.differential import images_of

    images = images_of(choice.path, engine=choice.engine)
    tags = [tag for image in images for tag in image.tags]
    untagged = sum(not image.tags for image in images)
    parts = [f"--tag can be {', '.join(tags)}" if tags else "no image of the archive has a tag"]
    if tags and untagged:
        parts.append(f"{untagged} of {len(images)} images have no tag and cannot be chosen")
    return HintedError(error.message, hint="; ".join(parts))
