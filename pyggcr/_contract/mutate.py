"""pkg/v1/mutate: images made of other images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.types import MediaType

__all__ = ["MutateEngine"]


class MutateEngine(Protocol):
    """What an engine makes of images and layers of any origin.

    Nothing is computed before somebody asks for it, except where a docstring says so.
    """

    def append_layers(self, *, base: v1.Image, layers: Sequence[v1.Layer]) -> v1.Image:
        """Add layers on top of an image (``mutate.AppendLayers``)."""

    def config(self, *, base: v1.Image, config: v1.Config) -> v1.Image:
        """Replace how an image is run; reads the base's config file (``mutate.Config``)."""

    def config_file(self, *, base: v1.Image, config_file: v1.ConfigFile) -> v1.Image:
        """Replace the config file; reads the base's manifest (``mutate.ConfigFile``)."""

    def media_type(self, *, image: v1.Image, media_type: MediaType) -> v1.Image:
        """Change the manifest's media type, and nothing else (``mutate.MediaType``)."""
