"""pkg/v1/mutate: images and indexes made of other ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
    from pyggcr._values.mutate import Addendum, IndexAddendum
    from pyggcr.types import MediaType
    from pyggcr.v1.parts import Parts
else:
    from pyggcr._typing import Protocol

__all__ = ["MutateEngine"]


class MutateEngine(Protocol):
    """What an engine makes of images, indexes and layers of any origin.

    Nothing is computed before somebody asks for it, except where a docstring says so.
    """

    def append(self, *, base: v1.Image, adds: Sequence[Addendum]) -> v1.Image:
        """Add layers and history to an image (``mutate.Append``)."""

    def append_layers(self, *, base: v1.Image, layers: Sequence[v1.Layer]) -> v1.Image:
        """Add layers on top of an image (``mutate.AppendLayers``)."""

    def append_manifests(
        self, *, base: v1.ImageIndex, adds: Sequence[IndexAddendum]
    ) -> v1.ImageIndex:
        """Add images, indexes and layers to an index (``mutate.AppendManifests``)."""

    def remove_manifests(
        self, *, base: v1.ImageIndex, matcher: Callable[[v1.Descriptor], bool]
    ) -> v1.ImageIndex:
        """Remove the entries of an index that match (``mutate.RemoveManifests``)."""

    def config(self, *, base: v1.Image, config: v1.Config) -> v1.Image:
        """Replace how an image is run; reads the base's config file (``mutate.Config``)."""

    def config_file(self, *, base: v1.Image, config_file: v1.ConfigFile) -> v1.Image:
        """Replace the config file; reads the base's manifest (``mutate.ConfigFile``)."""

    def created_at(self, *, base: v1.Image, created: v1.Time) -> v1.Image:
        """Change when the image was made; reads the base (``mutate.CreatedAt``)."""

    def annotations(
        self, *, described: v1.Image | v1.ImageIndex | Parts, annotations: Mapping[str, str]
    ) -> v1.Image | v1.ImageIndex | Parts:
        """Add annotations; what is given is of the same form (``mutate.Annotations``)."""

    def subject(
        self, *, described: v1.Image | v1.ImageIndex | Parts, subject: v1.Descriptor
    ) -> v1.Image | v1.ImageIndex | Parts:
        """Say what a manifest is about, likewise (``mutate.Subject``)."""

    def media_type(self, *, image: v1.Image, media_type: MediaType) -> v1.Image:
        """Change the manifest's media type, and nothing else (``mutate.MediaType``)."""

    def config_media_type(self, *, image: v1.Image, media_type: MediaType) -> v1.Image:
        """Change the config's media type in the manifest (``mutate.ConfigMediaType``)."""

    def index_media_type(self, *, index: v1.ImageIndex, media_type: MediaType) -> v1.ImageIndex:
        """Change the index's media type (``mutate.IndexMediaType``)."""

    def rebase(self, *, original: v1.Image, old_base: v1.Image, new_base: v1.Image) -> v1.Image:
        """Put an image on another base; reads all three (``mutate.Rebase``)."""

    def time(
        self,
        *,
        image: v1.Image,
        time: v1.Time,
        gzip_profile: str,
        compression: str,
        compression_level: int,
        media_type: MediaType,
        compressed_caching: bool,
    ) -> v1.Image:
        """Set all times of an image; rewrites the layers at once (``mutate.Time``)."""

    def canonical(
        self,
        *,
        image: v1.Image,
        gzip_profile: str,
        compression: str,
        compression_level: int,
        media_type: MediaType,
        compressed_caching: bool,
    ) -> v1.Image:
        """Set all times to zero and remove the machine's names, likewise (``mutate.Canonical``)."""
