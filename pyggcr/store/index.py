"""The images that ``index.json`` leads to, through nested indexes.

Docker lists the platforms of one image in such an index, with attestations, and often saves one
platform only, so what is absent is no error. What is present but cannot be used is a problem, which
is reported when there is nothing else to read.
"""

from __future__ import annotations

import re

from pyggcr import v1
from pyggcr._dataclasses import dataclass, field
from pyggcr._layers.file_names import blob_name
from pyggcr._layers.index_walk import IndexWalk, each_once, given_name, is_attestation
from pyggcr.errors import (
    ArchiveError,
    CancelledError,
    ClosedError,
    Error,
    FileAccessError,
    MissingFileError,
)
from pyggcr.store.documents import naming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._layers.index_walk import Visit
    from pyggcr.store.documents import Documents

__all__ = ["Index", "Listed", "read_index"]

_DIGEST = re.compile(r"sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})")

# What Docker leaves out of a name when it shows it.
_LEFT_OUT = ("docker.io/library/", "docker.io/")

_MAX_DEPTH = 8  # index.json counts; nobody is known to write more than three
# A few indexes that list the same others stand for any number of ways and names; this is some
# seconds of work.
_MAX_STEPS = 3_000_000


@dataclass(slots=True)
class Listed:
    """An image that ``index.json`` leads to.

    Attributes:
        manifest: the manifest, with its bytes.
        digest: of the manifest.
        platform: what the index says of it.
        tags: its names, as Docker shows them, in order.
        indexes: digests of the indexes that led to it.
    """

    manifest: v1.Manifest
    digest: v1.Hash
    platform: v1.Platform | None
    tags: dict[str, None] = field(default_factory=dict)
    indexes: set[v1.Hash] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Index:
    """What ``index.json`` leads to.

    Attributes:
        images: in order, each once.
        problems: what kept others from being among them.
        damage: why index.json itself cannot be read, if so.
        absent: digests of manifests and indexes that are listed and not there.
        artifacts: types of what is listed and is no image.
    """

    images: tuple[Listed, ...]
    problems: tuple[Error, ...] = ()
    damage: Error | None = None
    absent: tuple[v1.Hash, ...] = ()
    artifacts: frozenset[str] = frozenset()


def read_index(documents: Documents) -> Index:
    """Read ``index.json`` and all that it leads to.

    Raises:
        FileAccessError: the files cannot be read.
    """
    reading = _Reading(documents)
    try:
        index = documents.index()
        images = reading.read((index.manifests if index is not None else None) or [])
    except (CancelledError, ClosedError, FileAccessError):
        raise
    except Error as error:
        return Index((), damage=error)
    return Index(
        tuple(images),
        tuple(reading.problems),
        absent=tuple(reading.absent),
        artifacts=frozenset(reading.artifacts),
    )


@dataclass(slots=True)
class _Leaf:
    """The descriptor of an image, and the digests of the indexes that led to it."""

    described: v1.Descriptor
    ways: set[v1.Hash] = field(default_factory=set)


_Leaves = dict[v1.Hash, _Leaf]


class _Reading:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._walk = IndexWalk(self._below, depth_first=True)
        self._listed: dict[v1.Hash, list[v1.Descriptor] | None] = {}  # None for what is no index
        self._leaves: dict[v1.Hash, _Leaves] = {}
        self._images: dict[v1.Hash, Listed | None] = {}
        self._steps = 0
        self.problems: list[Error] = []
        self.absent: list[v1.Hash] = []
        self.artifacts: set[str] = set()

    def read(self, roots: list[v1.Descriptor]) -> list[Listed]:
        """The images that the descriptors of ``index.json`` lead to."""
        found: dict[v1.Hash, Listed] = {}
        tags: dict[v1.Hash, dict[str, None]] = {}
        for root in roots:
            tags.setdefault(root.digest, {}).update(dict.fromkeys(_tags_of(root)))
        for root in _images_of(roots):
            for _ in self._walk.visits([root]):
                continue
            for digest, leaf in self._leaves_of(root).items():
                self._count(len(leaf.ways) + len(tags[root.digest]))
                image = self._image(leaf.described)
                if image is None:
                    continue
                found[digest] = image
                image.indexes |= leaf.ways
                image.tags |= tags[root.digest]
        return list(found.values())

    def _count(self, steps: int) -> None:
        self._steps += 1 + steps
        if self._steps > _MAX_STEPS:
            raise ArchiveError("index.json: the indexes list each other too often")

    def _note(self, problem: Error) -> None:
        if isinstance(problem, (CancelledError, ClosedError, FileAccessError)):
            raise problem
        self.problems.append(problem)

    def _below(self, visit: Visit) -> list[v1.Descriptor]:
        """What is listed by a descriptor's document, if that is an index."""
        listed: list[v1.Descriptor] | None = []
        try:
            index = self._index_at(visit.described, visit.depth)
            listed = None if index is None else _images_of(index.manifests or [])
        except MissingFileError:
            self.absent.append(visit.described.digest)
        except Error as error:
            self._note(error)
        self._listed[visit.described.digest] = listed
        return listed or []

    def _leaves_of(self, described: v1.Descriptor) -> _Leaves:
        """The images that a descriptor stands for: itself, or those of the index that it is."""
        if described.digest not in self._leaves:
            self._leaves[described.digest] = self._gather(described)
        return self._leaves[described.digest]

    def _gather(self, described: v1.Descriptor) -> _Leaves:
        listed = self._listed[described.digest]
        if listed is None:
            return {described.digest: _Leaf(described)}
        leaves: _Leaves = {}
        for child in listed:
            for digest, leaf in self._leaves_of(child).items():
                self._count(len(leaf.ways))
                known = leaves.setdefault(digest, _Leaf(leaf.described, {described.digest}))
                known.ways |= leaf.ways
        return leaves

    def _index_at(self, described: v1.Descriptor, depth: int) -> v1.IndexManifest | None:
        """The index that is described; nothing if it is something else."""
        if described.media_type and not described.media_type.is_index():
            return None
        data = self._documents.blob(described.digest)
        with naming(blob_name(described.digest)):
            index = v1.parse_index_manifest(data)
            if not described.media_type and index.manifests is None:
                return None
            if depth == _MAX_DEPTH:
                raise ArchiveError(f"indexes are nested more than {_MAX_DEPTH} deep")
        return index

    def _image(self, described: v1.Descriptor) -> Listed | None:
        """The image that is described, if that is what it is, and all of it is there."""
        digest = described.digest
        if digest not in self._images:
            try:
                self._images[digest] = self._read_image(described)
            except MissingFileError:
                self.absent.append(digest)
                self._images[digest] = None
            except Error as error:
                self._note(error)
                self._images[digest] = None
        return self._images[digest]

    def _read_image(self, described: v1.Descriptor) -> Listed | None:
        if described.media_type and not described.media_type.is_image():
            return None
        data = self._documents.blob(described.digest)
        with naming(blob_name(described.digest)):
            manifest = v1.parse_manifest(data)
            if not manifest.config.media_type.is_config():
                self.artifacts.add(manifest.artifact_type or str(manifest.config.media_type))
                return None
            for part in (manifest.config, *(manifest.layers or ())):
                # Layers that may not be handed on have to be fetched from where they are.
                if part.media_type.is_distributable() and not self._documents.has_blob(part.digest):
                    raise ArchiveError(f"{blob_name(part.digest)} is not there")
        return Listed(manifest, described.digest, described.platform)


def _images_of(listed: list[v1.Descriptor]) -> list[v1.Descriptor]:
    """What an index lists, each digest once, without attestations."""
    return [described for described in each_once(listed) if not is_attestation(described)]


def _tags_of(described: v1.Descriptor) -> list[str]:
    name = given_name(described)
    # Podman puts the image ID there when an image is saved by that.
    if not name or _DIGEST.fullmatch(name):
        return []
    for prefix in _LEFT_OUT:
        if name.startswith(prefix):
            return [name.removeprefix(prefix)]
    return [name]
