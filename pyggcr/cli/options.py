"""The options that the commands share, and opening the image that they name."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from pyggcr._gostd.gzip_options import PROFILES
from pyggcr.cli.group import HintedError
from pyggcr.errors import AmbiguousImageError, TagNotFoundError

if TYPE_CHECKING:
    from pyggcr.errors import Error
    from pyggcr.v1.image import Image

__all__ = ["ImageChoice", "as_json", "image_choice", "opened", "reading_options"]

ENGINES = ("go", "python")


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """Which image, and how to read it; ``None`` leaves a choice to the library."""

    path: str
    tag: str | None
    engine: str | None
    gzip_profile: str | None

    def to_json(self) -> dict[str, str | None]:
        """The head of each JSON document: what was asked."""
        return {"archive": self.path, "tag": self.tag}


# Whether it can be read is the library's to tell, in Go's words.
archive_argument = click.argument("archive", type=click.Path(readable=False))
tag_option = click.option("--tag", metavar="TAG", help="Which image, if there are several.")
engine_option = click.option("--engine", type=click.Choice(ENGINES), help="Who does the work.")
gzip_profile_option = click.option(
    "--gzip-profile",
    type=click.Choice(PROFILES),
    help="Which Go's gzip to write for layers that the archive holds uncompressed.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def reading_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --tag and --gzip-profile, for an argument that may be an archive."""
    return tag_option(gzip_profile_option(command))


def image_choice(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command ARCHIVE, --tag, --engine and --gzip-profile as one ``ImageChoice``."""

    @archive_argument
    @tag_option
    @engine_option
    @gzip_profile_option
    @functools.wraps(command)
    def wrapper(
        archive: str, tag: str | None, engine: str | None, gzip_profile: str | None, **rest: Any
    ) -> int | None:
        return command(ImageChoice(archive, tag, engine, gzip_profile), **rest)

    return wrapper


@contextlib.contextmanager
def opened(choice: ImageChoice) -> Iterator[Image]:
    """The image that was chosen, closed afterwards.

    Raises:
        HintedError: the tag does not choose one; the hint names the tags that there are.
        Error: as ``tarball.image_from_path``.
    """
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
