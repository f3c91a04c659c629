"""Images and indexes made of other ones: pkg/v1/mutate.

``image`` and ``index`` are what most functions give; ``rebase`` and ``retime`` put new images
together. ``mutate.Extract`` needs no engine: see ``pyggcr._layers.flattening``.
"""

# No future import: its name, annotations, is that of a function here.
import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pyggcr import v1
from pyggcr._dataclasses import fields
from pyggcr._python.mutate.image import MutatedImage
from pyggcr._python.mutate.index import MutatedIndex
from pyggcr._values.mutate import Addendum, IndexAddendum
from pyggcr.errors import Error
from pyggcr.types import MediaType
from pyggcr.v1.parts import Parts
from pyggcr.v1.time import ZERO_TIME

__all__ = [
    "annotations",
    "append",
    "append_layers",
    "append_manifests",
    "canonical",
    "config",
    "config_file",
    "config_media_type",
    "created_at",
    "index_media_type",
    "media_type",
    "rebase",
    "remove_manifests",
    "subject",
    "time",
]


def append(*, base: v1.Image, adds: Sequence[Addendum]) -> v1.Image:
    """Add layers and history to an image (``mutate.Append``)."""
    if not adds:
        return base
    if any(add.layer is None and not add.history.empty_layer for add in adds):
        raise Error("unable to add a nil layer to the image")
    return MutatedImage(base, adds=[_copied(add) for add in adds])


def append_layers(*, base: v1.Image, layers: Sequence[v1.Layer]) -> v1.Image:
    """Add layers on top of an image (``mutate.AppendLayers``)."""
    return append(base=base, adds=[Addendum(layer) for layer in layers])


def append_manifests(*, base: v1.ImageIndex, adds: Sequence[IndexAddendum]) -> v1.ImageIndex:
    """Add images, indexes and layers to an index (``mutate.AppendManifests``)."""
    return MutatedIndex(base, adds=[_copied(add) for add in adds])


def remove_manifests(
    *, base: v1.ImageIndex, matcher: Callable[[v1.Descriptor], bool]
) -> v1.ImageIndex:
    """Remove entries of an index (``mutate.RemoveManifests``)."""
    return MutatedIndex(base, remove=matcher)


def config(*, base: v1.Image, config: v1.Config) -> v1.Image:
    """Replace how an image is run (``mutate.Config``)."""
    changed = copy.deepcopy(base.config_file())
    changed.config = config
    return config_file(base=base, config_file=changed)


def config_file(*, base: v1.Image, config_file: v1.ConfigFile) -> v1.Image:
    """Replace the config file (``mutate.ConfigFile``).

    Go keeps the caller's config file and changes with it; both engines of ours take a copy.
    """
    return MutatedImage(base, manifest=base.manifest(), config_file=copy.deepcopy(config_file))


def created_at(*, base: v1.Image, created: v1.Time) -> v1.Image:
    """Change when the image was made (``mutate.CreatedAt``)."""
    changed = copy.deepcopy(base.config_file())
    changed.created = created
    return config_file(base=base, config_file=changed)


def annotations(
    *, described: v1.Image | v1.ImageIndex | Parts, annotations: Mapping[str, str]
) -> v1.Image | v1.ImageIndex | Parts:
    """Add annotations to a manifest (``mutate.Annotations``)."""
    if isinstance(described, v1.Image):
        return MutatedImage(described, annotations=dict(annotations))
    if isinstance(described, v1.ImageIndex):
        return MutatedIndex(described, annotations=dict(annotations))
    from pyggcr._python.mutate import raw_manifest

    return raw_manifest.rewritten(described, annotations=annotations)


def subject(
    *, described: v1.Image | v1.ImageIndex | Parts, subject: v1.Descriptor
) -> v1.Image | v1.ImageIndex | Parts:
    """Say what a manifest is about (``mutate.Subject``)."""
    if isinstance(described, v1.Image):
        return MutatedImage(described, subject=copy.deepcopy(subject))
    if isinstance(described, v1.ImageIndex):
        return MutatedIndex(described, subject=copy.deepcopy(subject))
    from pyggcr._python.mutate import raw_manifest

    return raw_manifest.rewritten(described, subject=subject)


def media_type(*, image: v1.Image, media_type: MediaType) -> v1.Image:
    """Change the manifest's media type (``mutate.MediaType``)."""
    return MutatedImage(image, media_type=media_type)


def config_media_type(*, image: v1.Image, media_type: MediaType) -> v1.Image:
    """Change the config's media type in the manifest (``mutate.ConfigMediaType``)."""
    return MutatedImage(image, config_media_type=media_type)


def index_media_type(*, index: v1.ImageIndex, media_type: MediaType) -> v1.ImageIndex:
    """Change the index's media type (``mutate.IndexMediaType``)."""
    return MutatedIndex(index, media_type=media_type)


def rebase(*, original: v1.Image, old_base: v1.Image, new_base: v1.Image) -> v1.Image:
    """Put an image on another base (``mutate.Rebase``)."""
    from pyggcr._python.mutate.rebasing import rebased

    return rebased(original, old_base, new_base)


def time(
    *,
    image: v1.Image,
    time: v1.Time,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Image:
    """Set all times of an image (``mutate.Time``)."""
    from pyggcr._python import tarball
    from pyggcr._python.mutate.retiming import retimed

    make = functools.partial(
        tarball.layer_from_opener,
        gzip_profile=gzip_profile,
        compression=compression,
        compression_level=compression_level,
        media_type=media_type,
        compressed_caching=compressed_caching,
    )
    return retimed(image, time, make)


def canonical(
    *,
    image: v1.Image,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Image:
    """Set all times to zero, and remove what names the machine (``mutate.Canonical``)."""
    zeroed = time(
        image=image,
        time=ZERO_TIME,
        gzip_profile=gzip_profile,
        compression=compression,
        compression_level=compression_level,
        media_type=media_type,
        compressed_caching=compressed_caching,
    )
    changed = zeroed.config_file()
    changed.container = ""
    changed.config.hostname = ""
    changed.docker_version = ""
    return config_file(base=zeroed, config_file=changed)


_Addition = TypeVar("_Addition", Addendum, IndexAddendum)


def _copied(add: _Addition) -> _Addition:
    """The addendum, which its maker may change, with the same object in it."""
    taken = {"layer", "add"}
    values = {it.name: getattr(add, it.name) for it in fields(add)}
    return type(add)(
        **{name: it if name in taken else copy.deepcopy(it) for name, it in values.items()}
    )
