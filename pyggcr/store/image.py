"""The images of a store: those that docker-save archives describe, and those with a manifest.

The former get the manifest that go-containerregistry makes for them, as far as it can read them;
the latter keep their own, byte for byte. ``archive_listing`` finds out which images there are.
"""

from __future__ import annotations

import abc
import functools
import io
import threading

from pyggcr import v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json
from pyggcr._layers import derived
from pyggcr._layers.completed import CompletedImage
from pyggcr._layers.file_names import blob_name
from pyggcr._layers.saved_layers import PlainLayer, descriptors_of, first_positions
from pyggcr._layers.uncompressed import UncompressedLayer
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.errors import MismatchedLayersError, UnknownBlobError, UnknownDiffIDError
from pyggcr.store.layers import BlobCore, DescribedCore, StoredLayer
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import ClassVar, NamedTuple

    from pyggcr._layers.known_layers import Choice
    from pyggcr.store.archive_listing import Record
    from pyggcr.store.blobs import Blob, Blobs
    from pyggcr.store.documents import Documents
    from pyggcr.store.files import Files
else:
    from pyggcr._typing import NamedTuple

__all__ = ["Shelf", "StoredImage", "open_image"]

_SCHEMA_VERSION = 2


class _Types(NamedTuple):
    """The media types of an image."""

    manifest: MediaType
    config: MediaType
    layer: MediaType


_DOCKER = _Types(
    MediaType.DOCKER_MANIFEST_SCHEMA2, MediaType.DOCKER_CONFIG_JSON, MediaType.DOCKER_LAYER
)
_OCI = _Types(MediaType.OCI_MANIFEST_SCHEMA1, MediaType.OCI_CONFIG_JSON, MediaType.OCI_LAYER)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the images of one store are read from, and whose gzip they are written with."""

    files: Files
    documents: Documents
    blobs: Blobs
    gzip_profile: str
    layer_cache: Choice = None


class StoredImage(CompletedImage):
    """An image of a store: a ``v1.Image`` that also knows its names and its files.

    Closing it closes neither the store nor its other images.

    Attributes:
        record: what the store knows of the image without reading its config.
    """

    _listed_in: ClassVar[str]  # what lists the layers

    def __init__(self, shelf: Shelf, record: Record) -> None:
        super().__init__()
        self._shelf = shelf
        self.record = record
        self._config: bytes | None = None
        self._by_digest: dict[v1.Hash, int] | None = None

    def _use(self) -> None:
        super()._use()
        self._shelf.files.check_open()

    def _known_as(self) -> str:
        return ", ".join(self.record.tags) or str(min(self.record.digests, default=""))

    @property
    def tags(self) -> tuple[str, ...]:
        """The image's names in the store, such as ``app:1``; an image can have none."""
        return self.record.tags

    @property
    def platform(self) -> v1.Platform | None:
        """The platform in the config, or else in the index that lists the image.

        It is ``None`` if neither has one.

        Raises:
            ArchiveError: the config is missing or damaged.
            JSONError, InvalidHashError: the config is malformed.
            FileAccessError: the config cannot be read.
            TransportError: a registry does not return the config.
            ClosedError: the image or the store was closed.
        """
        return self.config_file().platform() or self.record.platform

    def raw_config_file(self) -> bytes:
        """Return the config file as it is stored (``v1.Image.RawConfigFile``).

        Returns:
            The bytes of the config.

        Raises:
            MissingFileError: the config is not in the store.
            ArchiveError: the config does not match its digest, or is too large.
            FileAccessError: the config cannot be read.
            TransportError: a registry does not return the config.
            ClosedError: the image or the store was closed.
        """
        self._use()
        if self._config is None:
            self._config = self._read_config()
        return self._config

    @abc.abstractmethod
    def _read_config(self) -> bytes:
        """The bytes of the config file."""

    def stored_layers(self) -> list[tuple[v1.Hash, Blob]]:
        """List the DiffID of each layer, as the config has it, with the file that holds the layer.

        Returns:
            Pairs, the base layer first. The file has its ``name`` in the store, its
            ``compression`` (``none``, ``gzip`` or ``zstd``, from its first bytes), and ``open``,
            which returns its bytes as they are stored.

        Raises:
            MismatchedLayersError: the numbers of layers and of DiffIDs differ.
            ArchiveError: the config is missing or damaged.
            JSONError, InvalidHashError: the config is malformed.
            FileAccessError: the config cannot be read.
            TransportError: a registry does not return the config.
            ClosedError: the image or the store was closed.
        """
        diff_ids = derived.diff_ids(self)
        names = self._layer_names()
        if len(names) != len(diff_ids):
            raise self._mismatch(len(names), len(diff_ids))
        return [
            (diff_id, self._shelf.blobs.get(name))
            for diff_id, name in zip(diff_ids, names, strict=True)
        ]

    @abc.abstractmethod
    def _layer_names(self) -> list[str]:
        """The files that hold the layers."""

    def _mismatch(self, layers: int, diff_ids: int) -> MismatchedLayersError:
        return MismatchedLayersError(
            f"{self._listed_in} lists {layers} layer(s), "
            f"but the config has {diff_ids} rootfs.diff_ids"
        )

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """Return the first layer whose blob has this digest (``v1.Image.LayerByDigest``).

        Args:
            digest: the digest of the blob, such as ``sha256:…``.

        Returns:
            The layer.

        Raises:
            UnknownBlobError: no layer has this digest.
            InvalidHashError: ``digest`` is not a digest, or the config or manifest has a malformed
                one.
            MismatchedLayersError: the numbers of layers and of DiffIDs differ.
            ArchiveError: a layer or the config is missing or damaged.
            JSONError: the config is malformed.
            FileAccessError: a file cannot be read.
            TransportError: a registry does not return a file.
            ClosedError: the image or the store was closed.
        """
        self._use()
        wanted = v1.to_hash(digest)
        if self._by_digest is None:
            self._by_digest = first_positions(derived.fs_layers(self))
        if wanted not in self._by_digest:
            raise UnknownBlobError(f"unknown blob {wanted}")
        return self._layer_at(self._by_digest[wanted])

    @abc.abstractmethod
    def _layer_at(self, position: int) -> v1.Layer:
        """One layer, by its place."""


class _SavedImage(StoredImage):
    """An image that ``manifest.json`` describes, by the names of its config and its layers."""

    _listed_in = "manifest.json"

    def __init__(self, shelf: Shelf, record: Record) -> None:
        super().__init__(shelf, record)
        assert record.saved is not None
        self._saved = record.saved
        self._lock = threading.Lock()
        self._manifest: v1.Manifest | None = None
        self._plan: _Plan | None = None

    def _read_config(self) -> bytes:
        return self._shelf.documents.config(self._saved.config)

    def _layer_names(self) -> list[str]:
        return self._saved.layers or []

    def _planned(self) -> _Plan:
        self._use()
        if self._plan is None:
            self._plan = self._make_plan()
        return self._plan

    def _make_plan(self) -> _Plan:
        diff_ids = derived.diff_ids(self)
        blobs = [self._shelf.blobs.get(name) for name in self._layer_names()]
        sources = self._saved.layer_sources
        first = first_positions(diff_ids)
        if _is_plain_to_go(blobs, list(first.values())):
            return _Plan(
                types=_DOCKER,
                layer_files=[(diff_id, blobs[first[diff_id]]) for diff_id in diff_ids],
                first=first,
                sources=descriptors_of(sources, compressed=False),
            )
        if len(blobs) != len(diff_ids):
            raise self._mismatch(len(blobs), len(diff_ids))
        kinds = {blob.compression for blob in blobs}
        return _Plan(
            types=_OCI if "zstd" in kinds else _DOCKER,
            layer_files=list(zip(diff_ids, blobs, strict=True)),
            first=first,
            sources=descriptors_of(sources, compressed=True) if kinds == {"gzip"} else {},
        )

    def layers(self) -> list[v1.Layer]:
        """The layers in the config's order."""
        return [layer for layer, _ in self._layers_and_sources()]

    def _layer_at(self, position: int) -> v1.Layer:
        plan = self._planned()
        return self._layer_and_source(plan, *plan.layer_files[position])[0]

    def _layers_and_sources(self) -> list[tuple[v1.Layer, v1.Descriptor | None]]:
        """Each layer, with what ``LayerSources`` says of it if that is true."""
        plan = self._planned()
        return [self._layer_and_source(plan, *found) for found in plan.layer_files]

    def _layer_and_source(
        self, plan: _Plan, diff_id: v1.Hash, blob: Blob
    ) -> tuple[v1.Layer, v1.Descriptor | None]:
        zstd = blob.compression == "zstd"
        layer = self._make_layer(
            diff_id, blob, MediaType.OCI_LAYER_ZSTD if zstd else plan.types.layer
        )
        source = plan.sources.get(diff_id)
        if source is None or (source.digest, source.size) != (layer.digest(), layer.size()):
            return layer, None
        return self._make_layer(diff_id, blob, source.media_type), source

    def _make_layer(self, diff_id: v1.Hash, blob: Blob, media_type: MediaType) -> v1.Layer:
        if blob.compression != "none":
            return StoredLayer(BlobCore(blob, media_type))
        core = PlainLayer(blob, diff_id, media_type)
        shelf = self._shelf
        return UncompressedLayer(core, shelf.gzip_profile, blob.gzip, shelf.layer_cache)

    def media_type(self) -> MediaType:
        """Docker's manifest type; OCI's if a layer is zstd, which Docker's types do not know."""
        return self._planned().types.manifest

    def manifest(self) -> v1.Manifest:
        """The manifest, made from the config and the layers; kept once it is there."""
        self._use()
        with self._lock:
            if self._manifest is None:
                self._manifest = self._make_manifest()
            return self._manifest

    def _make_manifest(self) -> v1.Manifest:
        types = self._planned().types
        digest, size = v1.sha256(io.BytesIO(self.raw_config_file()))
        return v1.Manifest(
            schema_version=_SCHEMA_VERSION,
            media_type=types.manifest,
            config=v1.Descriptor(media_type=types.config, size=size, digest=digest),
            layers=self._describe_layers(),
        )

    def _describe_layers(self) -> list[v1.Descriptor]:
        self._measure()
        return [
            source
            or v1.Descriptor(
                media_type=layer.media_type(), size=layer.size(), digest=layer.digest()
            )
            for layer, source in self._layers_and_sources()
        ]

    def _measure(self) -> None:
        """Find the digests of all blobs, beside each other, each once."""
        blobs = {blob.name: (diff_id, blob) for diff_id, blob in self._planned().layer_files}
        with WorkerPool(len(blobs)) as pool:
            tasks = [functools.partial(self._measure_one, pool, *found) for found in blobs.values()]
            for _ in pool.in_order(tasks, anywhere=self._shelf.files.anywhere):
                continue

    def _measure_one(self, pool: WorkerPool, diff_id: v1.Hash, blob: Blob) -> None:
        layer = self._make_layer(diff_id, blob, _DOCKER.layer)
        if isinstance(layer, UncompressedLayer):
            layer.compress(pool)
        else:
            blob.measure()

    def raw_manifest(self) -> bytes:
        """The manifest as go-containerregistry writes it."""
        return json.marshal(self.manifest())

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose content has this DiffID, by the config."""
        wanted = v1.to_hash(diff_id)
        first = self._planned().first
        if wanted not in first:
            raise UnknownDiffIDError(f"unknown diffID {wanted}")
        return self._layer_at(first[wanted])


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an image of ``manifest.json`` is put together.

    Attributes:
        places: the DiffID of each layer, and the file that holds it.
        first: where each DiffID stands first.
        sources: by DiffID, what ``LayerSources`` says of layers, and may be true: as far as
            go-containerregistry can read the image.
    """

    types: _Types
    layer_files: list[tuple[v1.Hash, Blob]]
    first: dict[v1.Hash, int]
    sources: Mapping[v1.Hash, v1.Descriptor]


class _LayoutImage(StoredImage):
    """An image with a manifest of its own, in an OCI layout."""

    _listed_in = "the manifest"

    def __init__(self, shelf: Shelf, record: Record) -> None:
        super().__init__(shelf, record)
        self._manifest = record.manifests[0]
        self._described = self._manifest.layers or []
        self._table: derived.LayerTable | None = None

    def _read_config(self) -> bytes:
        return self._shelf.documents.blob(self._manifest.config.digest)

    def _layer_names(self) -> list[str]:
        return [blob_name(described.digest) for described in self._described]

    def layers(self) -> list[v1.Layer]:
        """The layers in the manifest's order."""
        self._use()
        return [self._layer_at(position) for position in range(len(self._described))]

    def _layer_at(self, position: int) -> v1.Layer:
        described = self._described[position]
        blob = self._shelf.blobs.get(blob_name(described.digest))
        return StoredLayer(DescribedCore(blob, described))

    def media_type(self) -> MediaType:
        """The media type that the manifest gives itself; OCI's if it gives none."""
        self._use()
        return self._manifest.media_type or _OCI.manifest

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest."""
        self._use()
        assert self._manifest.raw is not None
        return self._manifest.raw

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The layer whose content has this DiffID, by the config."""
        self._use()
        if self._table is None:
            self._table = derived.LayerTable(self)
        return self.layer_by_digest(self._table.diff_id_to_blob(v1.to_hash(diff_id)))


def _is_plain_to_go(blobs: list[Blob], positions: list[int]) -> bool:
    """Whether go-containerregistry finds all layers plain that it looks at.

    It looks at the first layer of the archive, and then at those where a DiffID stands first.
    """
    looked_at = [0, *positions] if blobs else positions
    return all(at < len(blobs) and blobs[at].compression == "none" for at in looked_at)


def open_image(shelf: Shelf, record: Record) -> StoredImage:
    """The image of a record; nothing of it is read yet."""
    return (_SavedImage if record.saved is not None else _LayoutImage)(shelf, record)
