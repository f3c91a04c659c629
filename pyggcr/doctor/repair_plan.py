"""What a repaired archive will hold: which images under which names, in an order of its own.

The order does not depend on that of the input, which Docker daemons choose at random. Nothing is
read here but configs, and the first bytes of layers.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from pyggcr import name, v1
from pyggcr._dataclasses import dataclass
from pyggcr._layers.file_names import blob_digest
from pyggcr.errors import (
    CancelledError,
    ClosedError,
    Error,
    FileAccessError,
    InvalidReferenceError,
    RepairError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pyggcr.doctor.repair_layers import Form
    from pyggcr.store import StoredImage
    from pyggcr.store.blobs import Blob
else:
    from pyggcr._typing import Literal

__all__ = [
    "Compression",
    "Group",
    "PlannedImage",
    "PlannedLayer",
    "claimed_digest",
    "plan",
    "refusing",
]

Compression = Literal["keep", "gzip", "plain"]

# The platform that manifest.json is for where it has to choose, as most readers are on it.
_PREFERRED = v1.Platform(os="linux", architecture="amd64")

# What Podman calls an image that it saved by its ID: no name, though it could be read as one.
_ID = re.compile(r"(?:[a-z0-9]+:)?(?:[0-9a-f]{64}|[0-9a-f]{128})")

# As Docker up to 24 and others name configs.
_CONFIG = re.compile(r"(?:sha256:)?([0-9a-f]{64})(?:\.json)?")


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer: the hash that its content must have, the file that holds it, and its new form."""

    diff_id: v1.Hash
    blob: Blob
    form: Form


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """An image.

    Attributes:
        label: what errors call it.
        names: its tags that are whole names, sorted.
        references: what an index calls it and is no whole name, such as a tag alone, sorted.
        saved: whether the input's manifest.json has it.
        manifests: those that the input's index.json leads to.
    """

    label: str
    names: tuple[str, ...]
    references: tuple[str, ...]
    saved: bool
    platform: v1.Platform | None
    config: v1.Hash
    raw_config: bytes
    layers: tuple[PlannedLayer, ...]
    manifests: tuple[v1.Manifest, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """An image, or the platforms of one.

    Attributes:
        names, references: those of all its images, sorted.
        listed: the images that manifest.json lists, with the names that it gives them; the others
            are in index.json alone, as Docker does it with platforms.
    """

    images: tuple[PlannedImage, ...]
    names: tuple[str, ...]
    references: tuple[str, ...]
    listed: tuple[tuple[PlannedImage, tuple[str, ...]], ...]


def plan(images: list[StoredImage], compression: Compression) -> list[Group]:
    """Arrange the images of a store.

    Raises:
        RepairError: a config is not what its name says, or does not fit the layers; a layer is
            missing; a tag of manifest.json is no name.
    """
    groups = [_make_group(members) for members in _grouped(images, compression)]
    return sorted(
        groups, key=lambda group: (not group.names, group.names, _sort_key(group.images[0]))
    )


def claimed_digest(file: str) -> str | None:
    """The SHA-256, in hex, that a blob of an OCI layout is named by."""
    digest = blob_digest(file)
    return digest.hex if digest is not None and digest.algorithm == "sha256" else None


@contextlib.contextmanager
def refusing(label: str) -> Iterator[None]:
    """Tell what is wrong with an image as a ``RepairError`` that names it."""
    try:
        yield
    except (CancelledError, ClosedError, FileAccessError):
        raise
    except Error as error:
        raise RepairError(f"{label}: {error.message}") from error


def _plan_image(image: StoredImage, compression: Compression) -> PlannedImage:
    label = image.tags[0] if image.tags else f"the image of {image.record.config}"
    with refusing(label):
        raw = image.raw_config_file()
        config = image.config_name()
        found = _CONFIG.fullmatch(image.record.config)
        claimed = found[1] if found else claimed_digest(image.record.config)
        if claimed is not None and claimed != config.hex:
            raise RepairError(f"the config {image.record.config} has the digest {config}")
        saved = image.record.saved is not None
        names, references = _named(image.tags, saved)
        return PlannedImage(
            label=label,
            names=names,
            references=references,
            saved=saved,
            platform=image.platform,
            config=config,
            raw_config=raw,
            layers=_plan_layers(image, compression),
            manifests=tuple(sorted(image.record.manifests, key=lambda found: found.raw or b"")),
        )


def _plan_layers(image: StoredImage, compression: Compression) -> tuple[PlannedLayer, ...]:
    layers = image.stored_layers()
    form: Form = "plain" if compression == "plain" else "gzip"
    if compression == "keep" and all(blob.compression == "none" for _, blob in layers):
        form = "plain"
    return tuple(PlannedLayer(diff_id, blob, form) for diff_id, blob in layers)


def _named(tags: tuple[str, ...], saved: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tags that are whole names, with the tag in them, and others, which only an index can have."""
    names, references = set(), set()
    for text in tags:
        is_name = saved or (re.search("[:/]", text) and not _ID.fullmatch(text))
        whole = _whole_name(text) if is_name else None
        if whole is not None:
            names.add(whole)
        elif saved:
            raise RepairError(f"the tag {text!r} is no name that an image can have")
        else:
            references.add(text)
    return tuple(sorted(names)), tuple(sorted(references))


def _whole_name(text: str) -> str | None:
    try:
        tag = name.new_tag(text).tag_str()
    except InvalidReferenceError:
        return None
    return text if text.endswith(f":{tag}") else f"{text}:{tag}"


def _grouped(images: list[StoredImage], compression: Compression) -> list[list[PlannedImage]]:
    """Bring together what has a name or an index in common."""
    planned = [_plan_image(image, compression) for image in images]
    leaders = list(range(len(planned)))

    def leader_of(index: int) -> int:
        while leaders[index] != index:
            leaders[index] = leaders[leaders[index]]
            index = leaders[index]
        return index

    first: dict[object, int] = {}
    for index, (image, one) in enumerate(zip(images, planned, strict=True)):
        names = [name.new_tag(text).name() for text in one.names]
        for key in (*names, *image.record.indexes):
            leaders[leader_of(first.setdefault(key, index))] = leader_of(index)
    groups: dict[int, list[PlannedImage]] = {}
    for index, one in enumerate(planned):
        groups.setdefault(leader_of(index), []).append(one)
    return list(groups.values())


def _make_group(members: list[PlannedImage]) -> Group:
    images = tuple(sorted(members, key=_sort_key))
    names = tuple(sorted({text for image in images for text in image.names}))
    references = tuple(sorted({text for image in images for text in image.references}))
    listed = tuple((image, image.names) for image in images if image.saved)
    return Group(images, names, references, listed or ((images[0], names),))


def _sort_key(image: PlannedImage) -> tuple[object, ...]:
    platform = image.platform
    preferred = platform is not None and platform.satisfies(_PREFERRED)
    # One config can be there twice, with layers that are stored otherwise.
    stored = tuple((layer.form, layer.blob.name) for layer in image.layers)
    return (not preferred, str(platform), not image.names, image.names, str(image.config), stored)
