"""The options that the commands share. ``sources`` opens the image that they choose."""

from __future__ import annotations

import functools
from collections.abc import Callable

from pyggcr._gostd.gzip_options import PROFILES
from pyggcr.cli import reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar

    from pyggcr.tools import Tool

    _Command = TypeVar("_Command", bound=Callable[..., Any])

    class Decorator(Protocol):
        """What adds an option to a command."""

        def __call__(self, command: _Command, /) -> _Command: ...


__all__ = ["as_json", "in_daemon", "layer_cache_option", "reading_options", "tools_of"]

ENGINES = ("go", "python")

# What --daemon puts before the name of an image.
_OF_ENGINE = "docker-daemon:"

tag_option: Decorator = reader.option(
    "--tag", metavar="TAG", help="Image to use if there are several"
)
engine_option: Decorator = reader.option(
    "--engine",
    type=reader.Choice(ENGINES),
    help="Engine to use (default: PYGGCR_ENGINE, else the fastest available)",
)
gzip_profile_option: Decorator = reader.option(
    "--gzip-profile",
    type=reader.Choice(PROFILES),
    help="Go release and platform whose gzip bytes to write for uncompressed layers (default: "
    "those of the Go engine)",
)
_layer_cache: Decorator = reader.option(
    "--layer-cache",
    metavar="FILE",
    help="File that remembers the digests of compressed layers, so that known layers are not "
    "compressed again (default: PYGGCR_LAYER_CACHE, else none)",
)
daemon_option: Decorator = reader.option(
    "--daemon", is_flag=True, help="Read the image from the Docker daemon, by a name such as app:1"
)
tools_option: Decorator = reader.option(
    "--for",
    "tools",
    multiple=True,
    metavar="TOOL",
    help="Rate findings for a tool: trivy=0.48.3, ./trivy (an executable), go.mod, or @FILE (a "
    "list of them)",
)
as_json: Decorator = reader.option("--json", "as_json", is_flag=True, help="Print JSON")


def reading_options(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --tag, --gzip-profile and --daemon, for an argument that may be an archive."""
    return tag_option(gzip_profile_option(daemon_option(command)))


def layer_cache_option(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give a command --layer-cache, which is in force while the command runs."""

    @_layer_cache
    @functools.wraps(command)
    def wrapper(*arguments: Any, layer_cache: str | None, **options: Any) -> int | None:
        if layer_cache is None:
            return command(*arguments, **options)
        from pyggcr._layers.known_layers import use_layer_cache

        with use_layer_cache(layer_cache):
            return command(*arguments, **options)

    return wrapper


def in_daemon(image: str) -> str:
    """The location of an image that the Docker engine has."""
    return f"{_OF_ENGINE}{image.removeprefix(_OF_ENGINE)}"


def tools_of(texts: tuple[str, ...]) -> list[Tool]:
    """The tools that ``--for`` names, each once."""
    if not texts:
        return []
    from pyggcr.errors import BuildInfoError, FileAccessError, UnsupportedOptionError
    from pyggcr.tools.asked import tools_named

    try:
        return tools_named(texts)
    except (BuildInfoError, FileAccessError, UnsupportedOptionError) as error:
        raise reader.UsageError(f"--for: {error}") from None
