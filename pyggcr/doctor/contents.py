"""What an archive says of itself: its images by ``manifest.json`` and by ``index.json``.

Reads documents and the first bytes of layers, never a whole layer. What cannot be read becomes a
problem with its text, and the rest is read all the same; judging what was read is ``checks``'.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence

from pyggcr import v1
from pyggcr._dataclasses import dataclass, field
from pyggcr._layers.compression import Compression, peek_compression
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr._layers.entries import Entry
from pyggcr._layers.file_names import (
    INDEX_JSON,
    MANIFEST_JSON,
    OCI_LAYOUT,
    blob_digest,
    blob_name,
)
from pyggcr._layers.index_walk import IndexWalk, Visit, given_name, is_attestation
from pyggcr._layers.saved_layers import first_positions
from pyggcr.doctor.layer_forms import HEAD_SIZE, form_of
from pyggcr.doctor.names import Names, Way
from pyggcr.errors import ArchiveError, CancelledError, Error
from pyggcr.store.documents import saved_images_in
from pyggcr.store.files import Files, FolderFiles
from pyggcr.types import MediaType
from pyggcr.v1 import tarball_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar
else:
    from pyggcr._typing import TypeVar


__all__ = [
    "Absent",
    "Attestation",
    "Contents",
    "OCIImage",
    "SavedImage",
    "SavedLayer",
    "labels_of",
    "peek_at",
    "read_contents",
]

_SHORT = 12  # digits of an image ID, as Docker prints it

_T = TypeVar("_T")
# From the name and the media type of a layer, which may be empty, to what ``SavedLayer`` has of it.
Peek = Callable[[str, str], tuple[Compression, str]]


@dataclass(frozen=True, slots=True)
class SavedLayer:
    """A layer that ``manifest.json`` names.

    Attributes:
        number: its place in the image, from 0.
        name: as ``manifest.json`` has it.
        way: where that name leads.
        compression: by its first bytes; ``None`` if it cannot be read.
        form: what it is, by the same bytes; see ``layer_forms``.
    """

    number: int
    name: str
    way: Way
    compression: Compression | None
    form: str


@dataclass(frozen=True, slots=True)
class SavedImage:
    """An image of ``manifest.json``.

    Attributes:
        number: its place in ``manifest.json``, from 0.
        label: its tags, or the beginning of its ID.
        config_name: the file that its config is in.
        config_digest: hash of that file, the image's ID.
        root_type: the type of its root file system, by its config.
        diff_ids: as the config has them.
        places: where each DiffID stands first.
        layers: as ``manifest.json`` has them.
        sources: ``LayerSources``.
    """

    number: int
    label: str
    config_name: str
    config_digest: v1.Hash
    root_type: str
    diff_ids: tuple[v1.Hash, ...]
    positions: dict[v1.Hash, int]
    layers: tuple[SavedLayer, ...]
    sources: dict[v1.Hash, v1.Descriptor]

    @property
    def compressed(self) -> bool:
        """Whether go-containerregistry takes its layers for compressed: as the first one is."""
        return bool(self.layers) and self.layers[0].compression in ("gzip", "zstd")

    def plain_layer(self, number: int) -> SavedLayer:
        """The layer that go-containerregistry reads for a place, if it takes all for plain.

        It looks for the DiffID, and so reads the first layer of several that are the same.
        """
        return self.layers[self.positions[self.diff_ids[number]]]

    def is_read(self, layer: SavedLayer) -> bool:
        """Whether go-containerregistry looks at a layer at all; it does at the first one."""
        if layer.number == 0:
            return True
        if layer.number >= len(self.diff_ids):
            return False
        return self.compressed or self.plain_layer(layer.number) is layer

    @property
    def whole(self) -> bool:
        """Whether each of its layers can be read."""
        return all(layer.compression is not None for layer in self.layers)


@dataclass(frozen=True, slots=True)
class _Config:
    """What is known of a config: its hash, its DiffIDs, and where each of them stands first."""

    digest: v1.Hash
    root_type: str
    diff_ids: tuple[v1.Hash, ...]
    positions: dict[v1.Hash, int]


@dataclass(frozen=True, slots=True)
class OCIImage:
    """An image that ``index.json`` leads to.

    Attributes:
        label: the name that the index gives it, its platform, or its digest.
        name: the file that its manifest is in.
        config_digest: as its manifest has it, the image's ID.
        layers: digests, as its manifest has them.
        media_types: of the layers, as its manifest has them.
        compressions: of the layers, by their first bytes; ``None`` where one is not there.
        forms: what the layers are; see ``layer_forms``.
        diff_ids: as its config has them; ``None`` where the config is not there.
        root_type: the type of its root file system, by its config.
        is_as_described: whether config and layers have the sizes that its manifest says, and the
            config its media type.
    """

    label: str
    name: str
    config_digest: v1.Hash
    layers: tuple[v1.Hash, ...]
    media_types: tuple[MediaType, ...]
    compressions: tuple[Compression | None, ...]
    forms: tuple[str, ...]
    diff_ids: tuple[v1.Hash, ...] | None
    root_type: str
    is_as_described: bool

    @property
    def whole(self) -> bool:
        """Whether its config is there, and each layer that may be handed on."""
        return self.diff_ids is not None and all(
            compression is not None or not media_type.is_distributable()
            for compression, media_type in zip(self.compressions, self.media_types, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Attestation:
    """A manifest of what BuildKit says of an image, all of whose blobs are there.

    Attributes:
        name: the file that it is in.
        media_types: of its layers.
        diff_ids: how many its config has; ``None`` if that is no config of an image.
    """

    name: str
    media_types: tuple[MediaType, ...]
    diff_ids: int | None


@dataclass(frozen=True, slots=True)
class Absent:
    """What is not there: ``what`` (a platform, an attestation, a layer), named in a document."""

    document: str
    what: str
    digest: v1.Hash


@dataclass(slots=True)
class Contents:
    """All that was read.

    Attributes:
        names: the entries.
        saved: the images of ``manifest.json``.
        oci: the images of ``index.json``, attestations left out.
        attestations: what it has beside images.
        absent: blobs that documents name and that are not there.
        described: what ``manifest.json`` lists, also images that cannot be read.
        has_manifest: whether there is a ``manifest.json``.
        has_index: whether there is an ``index.json`` that could be read.
        index_is_null: whether that has no list of manifests.
        blob_links: blobs of a layout folder that are symbolic links.
        documents: the hash of each document that was read, by its name.
        odd: the files of layers that are not plainly good tars, once all were read.
        problems: what could not be read, and why.
    """

    names: Names
    saved: list[SavedImage] = field(default_factory=list)
    oci: list[OCIImage] = field(default_factory=list)
    attestations: list[Attestation] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    described: list[tarball_manifest.Descriptor] = field(default_factory=list)
    has_manifest: bool = False
    has_index: bool = False
    index_is_null: bool = False
    blob_links: dict[Entry, None] = field(default_factory=dict)
    documents: dict[str, v1.Hash] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def read_contents(files: Files, *, peek: Peek | None = None) -> Contents:
    """Everything but whole layers.

    Args:
        files: what the archive or layout holds.
        peek: says of a layer, by its name and media type, how it is compressed and what it is;
            ``None`` to read its first bytes.

    Raises:
        ArchiveError: the archive is damaged, or has no images.
        FileAccessError: it cannot be read.
    """
    reader = _Reader(files, peek)
    reader.read_manifest()
    reader.read_index()
    return reader.contents


class _Reader:
    """Fills ``contents`` from the files."""

    def __init__(self, files: Files, peek: Peek | None) -> None:
        self._files = files
        self._peek: Peek = peek or functools.partial(peek_at, files)
        self._peeked: dict[str, tuple[Way, Compression | None, str]] = {}
        self._configs: dict[str, _Config] = {}
        self.contents = Contents(Names(files.entries()))
        if isinstance(files, FolderFiles):
            self.contents.blob_links = {
                entry: None
                for name, entry in self.contents.names.entries.by_name()
                if entry.kind == "symlink" and blob_digest(name) is not None
            }

    def read_manifest(self) -> None:
        """``manifest.json`` and what it names."""
        self.contents.has_manifest = MANIFEST_JSON in self.contents.names
        if not self.contents.has_manifest:
            return
        images = self._attempt("", self._read_saved_images)
        self.contents.described = images or []
        for (number, descriptor), tags in zip(
            enumerate(images or ()), labels_of(images or ()), strict=True
        ):
            where = f"image {number} of {MANIFEST_JSON}: "
            work = functools.partial(self._saved_image, number, descriptor, tags)
            image = self._attempt(where, work)
            if image is not None:
                self.contents.saved.append(image)

    def _read_saved_images(self) -> list[tarball_manifest.Descriptor] | None:
        with self._files.open(MANIFEST_JSON) as stream:
            return saved_images_in(stream)

    def _saved_image(
        self, number: int, descriptor: tarball_manifest.Descriptor, tags: str
    ) -> SavedImage:
        config = self._config(descriptor.config)
        return SavedImage(
            number=number,
            label=tags or config.digest.hex[:_SHORT],
            config_name=descriptor.config,
            config_digest=config.digest,
            root_type=config.root_type,
            diff_ids=config.diff_ids,
            positions=config.positions,
            layers=tuple(
                self._saved_layer(number, name)
                for number, name in enumerate(descriptor.layers or ())
            ),
            sources=descriptor.layer_sources or {},
        )

    def _config(self, name: str) -> _Config:
        """A config, read once, however many images have it."""
        if name not in self._configs:
            raw = self._read(name)
            rootfs = v1.parse_config_file(raw).rootfs
            diff_ids = tuple(rootfs.diff_ids or ())
            self._configs[name] = _Config(
                digest=self.contents.documents[name],
                root_type=rootfs.type,
                diff_ids=diff_ids,
                positions=first_positions(diff_ids),
            )
        return self._configs[name]

    def _saved_layer(self, number: int, name: str) -> SavedLayer:
        if name not in self._peeked:
            self._peeked[name] = self._look_at(name)
        return SavedLayer(number, name, *self._peeked[name])

    def _look_at(self, name: str) -> tuple[Way, Compression | None, str]:
        way = self.contents.names.follow(name)
        if way.is_unsafe:
            return way, None, ""  # a finding of its own
        return way, *(self._attempt("", lambda: self._peek(way.name, "")) or (None, ""))

    def read_index(self) -> None:
        """``index.json`` and what it leads to."""
        if INDEX_JSON not in self.contents.names:
            return
        if not self.contents.has_manifest and OCI_LAYOUT not in self.contents.names:
            # Engines write the three in this order: an archive that is cut short ends so.
            self.contents.problems.append(
                f"{INDEX_JSON} is there, but neither {MANIFEST_JSON} nor {OCI_LAYOUT}"
            )
        index = self._read_index(INDEX_JSON)
        if index is None:
            return
        if index.manifests is None and self._is_image_manifest():
            if not self.contents.has_manifest:
                self.contents.problems.append(
                    f"{INDEX_JSON} is the manifest of an image, not an index of manifests"
                )
                return
            index.manifests = []
        self.contents.has_index = True
        self.contents.index_is_null = index.manifests is None
        walk = IndexWalk(self._below, depth_first=False)
        for visit in walk.visits(index.manifests or []):
            described = visit.described
            name = blob_name(described.digest)
            if name not in self.contents.names:
                self._miss(visit.document, _what(described), described.digest)
            elif self._leads_out(name):
                continue  # a finding of its own
            elif described.media_type.is_image() or not described.media_type:
                self._attempt(f"{name}: ", functools.partial(self._take_manifest, name, visit))

    def _below(self, visit: Visit) -> list[v1.Descriptor]:
        """What a descriptor's document lists, if it is there and an index."""
        name = blob_name(visit.described.digest)
        if not visit.described.media_type.is_index() or name not in self.contents.names:
            return []
        if self._leads_out(name):
            return []
        index = self._read_index(name)
        return (index.manifests or []) if index else []

    def _is_image_manifest(self) -> bool:
        """Whether ``index.json`` is what a manifest of an image is."""
        manifest = v1.parse_manifest(self._files.read(INDEX_JSON, DOCUMENT_LIMIT))
        return bool(manifest.config.digest.hex or manifest.layers)

    def _leads_out(self, name: str) -> bool:
        """Whether a blob of a folder is a link that is not followed."""
        return bool(self.contents.blob_links) and self.contents.names.follow(name).is_unsafe

    def _read_index(self, name: str) -> v1.IndexManifest | None:
        return self._attempt(f"{name}: ", lambda: v1.parse_index_manifest(self._read(name)))

    def _take_manifest(self, name: str, visit: Visit) -> None:
        descriptor = visit.described
        manifest = v1.parse_manifest(self._read(name))
        described = manifest.layers or ()
        layers = tuple(layer.digest for layer in described)
        what = _what(descriptor)
        missed = len(self.contents.absent)
        for part, digest in (("config", manifest.config.digest), *(("layer", it) for it in layers)):
            if blob_name(digest) not in self.contents.names:
                self._miss(name, f"{part} of {what}", digest)
        if is_attestation(descriptor):
            if len(self.contents.absent) == missed:
                self._take_attestation(name, manifest)
            return
        if not _is_config(manifest.config.media_type):
            return
        peeked = [self._peek_blob(layer) for layer in described]
        config = self._config_blob(blob_name(manifest.config.digest))
        self.contents.oci.append(
            OCIImage(
                label=self._new_label(
                    given_name(descriptor) or _join(visit.label, what), descriptor
                ),
                name=name,
                config_digest=manifest.config.digest,
                layers=layers,
                media_types=tuple(layer.media_type for layer in described),
                compressions=tuple(compression for compression, _ in peeked),
                forms=tuple(form for _, form in peeked),
                diff_ids=config.diff_ids if config else None,
                root_type=config.root_type if config else "",
                is_as_described=manifest.config.media_type.is_config()
                and all(map(self._has_size, (manifest.config, *described))),
            )
        )

    def _take_attestation(self, name: str, manifest: v1.Manifest) -> None:
        config = manifest.config
        media_types = tuple(layer.media_type for layer in manifest.layers or ())
        count = None
        if config.media_type.is_config():
            known = self._config_blob(blob_name(config.digest))
            count = len(known.diff_ids if known else ())
        self.contents.attestations.append(Attestation(name, media_types, count))

    def _new_label(self, label: str, descriptor: v1.Descriptor) -> str:
        """A label that no other image has: the digest tells them apart."""
        if any(image.label == label for image in self.contents.oci):
            return f"{label} {descriptor.digest.hex[:_SHORT]}"
        return label

    def _has_size(self, blob: v1.Descriptor) -> bool:
        entry = self.contents.names.follow(blob_name(blob.digest)).entry
        return entry is not None and entry.size == blob.size

    def _config_blob(self, name: str) -> _Config | None:
        if name not in self.contents.names or self._leads_out(name):
            return None
        return self._attempt(f"{name}: ", lambda: self._config(name))

    def _peek_blob(self, layer: v1.Descriptor) -> tuple[Compression | None, str]:
        name = blob_name(layer.digest)
        if name not in self.contents.names or self._leads_out(name):
            return None, ""
        peeked = self._attempt(f"{name}: ", lambda: self._peek(name, layer.media_type))
        return peeked or (None, "")

    def _miss(self, document: str, what: str, digest: v1.Hash) -> None:
        self.contents.absent.append(Absent(document, what, digest))

    def _read(self, name: str) -> bytes:
        """A document, whose hash is remembered."""
        data = self._files.read(name, DOCUMENT_LIMIT)
        self.contents.documents[name] = v1.sha256(io.BytesIO(data))[0]
        return data

    def _attempt(self, context: str, work: Callable[[], _T]) -> _T | None:
        """What the work gives; ``None``, and one more problem, if the content is bad."""
        try:
            return work()
        except CancelledError:
            raise
        except Error as error:
            self.contents.problems.append(f"{context}{error}")
            return None


def peek_at(files: Files, name: str, media_type: str) -> tuple[Compression, str]:
    """How a layer is compressed and what it is, by its first bytes."""
    with files.open(name) as stream:
        compression, peeked = peek_compression(stream)
        if compression != "none":
            return compression, form_of(compression, b"", media_type)
        try:
            head = peeked.peek(HEAD_SIZE)
        except ArchiveError:  # damage behind the first bytes, which reading the layer tells
            head = b""
        return compression, form_of(compression, head, media_type)


def labels_of(described: Sequence[tarball_manifest.Descriptor]) -> list[str]:
    """What findings call images by: their tags; images with the same tags also have a number."""
    labels = []
    seen: set[str] = set()
    for number, image in enumerate(described):
        tags = ", ".join(image.repo_tags or ())
        labels.append(f"{tags} (image {number})" if tags in seen else tags)
        if tags:
            seen.add(tags)
    return labels


def _is_config(media_type: MediaType) -> bool:
    return media_type.is_config() or not media_type


def _what(descriptor: v1.Descriptor) -> str:
    """What a descriptor is of, in words."""
    if is_attestation(descriptor):
        return "an attestation"
    if descriptor.platform is not None and str(descriptor.platform):
        return str(descriptor.platform)
    return "an index" if descriptor.media_type.is_index() else "an image"


def _join(label: str, what: str) -> str:
    return f"{label} ({what})" if label else what
