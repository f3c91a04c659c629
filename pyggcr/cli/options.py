"""The options that the commands share. ``sources`` opens the image that they choose."""

from __future__ import annotations

from collections.abc import Callable

import click

from pyggcr._gostd.gzip_options import PROFILES

__all__ = ["as_json", "in_daemon", "reading_options"]

ENGINES = ("go", "python")

# What --daemon puts before the name of an image.
_OF_ENGINE = "docker-daemon:"

tag_option = click.option("--tag", metavar="TAG", help="Which image, if there are several.")
engine_option = click.option("--engine", type=click.Choice(ENGINES), help="Who does the work.")
gzip_profile_option = click.option(
    "--gzip-profile",
    type=click.Choice(PROFILES),
    help="Which Go's gzip to write for layers that the archive holds uncompressed.",
)
daemon_option = click.option(
    "--daemon", is_flag=True, help="The image is one of the Docker engine, such as app:1."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def reading_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --tag, --gzip-profile and --daemon, for an argument that may be an archive."""
    return tag_option(gzip_profile_option(daemon_option(command)))


def in_daemon(image: str) -> str:
    """The location of an image that the Docker engine has."""
    return f"{_OF_ENGINE}{image.removeprefix(_OF_ENGINE)}"
