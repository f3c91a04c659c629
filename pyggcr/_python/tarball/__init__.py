"""Images in docker-save archives, and layers from tar files: pkg/v1/tarball.

What is in the archive's files is read as Go reads it; finding the files is ``archive``'s task,
and ``compressed`` and ``uncompressed`` complete what is here to images.
"""

from __future__ import annotations

import functools
import io
import threading

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._gostd.gzip_options import check_profile
from pyggcr._gostd.strconv import quote
from pyggcr._gostd.tar import Walk
from pyggcr._layers.archive import Archive, ArchiveFile
from pyggcr._layers.completed import ClaimedDiffIDs
from pyggcr._layers.compressed import CompressedImage
from pyggcr._layers.compression import peek_compression
from pyggcr._layers.documents import read_document, read_first_value
from pyggcr._layers.file_names import MANIFEST_JSON
from pyggcr._layers.hashing import hash_all
from pyggcr._layers.one_pass import Facts, read_blob
from pyggcr._layers.saved_layers import ForeignLayer, PlainLayer, descriptors_of, first_positions
from pyggcr._layers.source import OpenerSource, PathSource
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.errors import (
    AmbiguousImageError,
    ArchiveError,
    CancelledError,
    Error,
    MismatchedLayersError,
    TagNotFoundError,
    UnknownBlobError,
    UnknownDiffIDError,
)
from pyggcr.types import MediaType
from pyggcr.v1 import tarball_manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyggcr import name
    from pyggcr._layers.source import Opener, Source

__all__ = [
    "image",
    "image_from_path",
    "layer_from_opener",
    "layer_from_path",
    "load_manifest",
    "load_manifest_from_path",
]

_PATCHED = "patched"  # what go-containerregistry makes of LayerSources since v0.19
_SCHEMA_VERSION = 2


def image_from_path(
    path: str, tag: name.Tag | None, *, gzip_profile: str, layer_sources: str
) -> v1.Image:
    """The image with this tag in the archive (``tarball.ImageFromPath``)."""
    return _image(PathSource(path), tag, gzip_profile, layer_sources)


def image(
    opener: Opener, tag: name.Tag | None, *, gzip_profile: str, layer_sources: str
) -> v1.Image:
    """The image with this tag in the archive that the opener opens (``tarball.Image``)."""
    return _image(OpenerSource(opener), tag, gzip_profile, layer_sources)


def load_manifest(opener: Opener) -> list[tarball_manifest.Descriptor]:
    """What ``manifest.json`` says of each image (``tarball.LoadManifest``)."""
    return _load_manifest(Archive(OpenerSource(opener))) or []


def load_manifest_from_path(path: str) -> list[tarball_manifest.Descriptor]:
    """``load_manifest`` of a file."""
    return _load_manifest(Archive(PathSource(path))) or []


def layer_from_path(
    path: str,
    *,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Layer:
    """A layer made of a tar file, compressed or not (``tarball.LayerFromFile``)."""
    from pyggcr._python.tarball.layer import Encoding, FileLayer

    encoding = Encoding(compression, compression_level, gzip_profile)
    return FileLayer(PathSource(path), encoding, media_type, keep=compressed_caching)


def layer_from_opener(
    opener: Opener,
    *,
    gzip_profile: str,
    compression: str,
    compression_level: int,
    media_type: MediaType,
    compressed_caching: bool,
) -> v1.Layer:
    """A layer made of what the opener opens (``tarball.LayerFromOpener``)."""
    from pyggcr._python.tarball.layer import Encoding, FileLayer

    encoding = Encoding(compression, compression_level, gzip_profile)
    return FileLayer(OpenerSource(opener), encoding, media_type, keep=compressed_caching)


def _image(source: Source, tag: name.Tag | None, gzip_profile: str, layer_sources: str) -> v1.Image:
    check_profile(gzip_profile)  # at once, not when a layer is compressed
    archive = Archive(source)
    manifest = _load_manifest(archive)
    if manifest is None:
        raise ArchiveError("no valid manifest.json in tarball")
    entry = _find_descriptor(manifest, tag)
    with archive.open(entry.config) as stream:
        config = read_document(stream, entry.config)
    if entry.layers and _is_compressed(archive, entry.layers[0]):
        compressed = _CompressedCore(archive, entry, config)
        return CompressedImage(compressed, compressed.claimed)
    from pyggcr._layers.uncompressed import UncompressedImage  # the encoders: not for gzip layers

    trusted = layer_sources == "trusted"
    core = _UncompressedCore(archive, entry, config, trusted)
    return UncompressedImage(core, gzip_profile, core.claimed)


def _load_manifest(archive: Archive) -> list[tarball_manifest.Descriptor] | None:
    with archive.open(MANIFEST_JSON) as stream:
        return read_first_value(stream, MANIFEST_JSON, _parse_manifest)


def _parse_manifest(
    data: bytes, tail_error: Error | None
) -> list[tarball_manifest.Descriptor] | None:
    return tarball_manifest.parse_tarball_manifest(data, tail_error=tail_error)


def _find_descriptor(
    manifest: list[tarball_manifest.Descriptor], tag: name.Tag | None
) -> tarball_manifest.Descriptor:
    if tag is None:
        if len(manifest) != 1:
            raise AmbiguousImageError(
                "tarball must contain only a single image to be used with tarball.Image"
            )
        return manifest[0]
    from pyggcr.name import new_tag

    for entry in manifest:
        for text in entry.repo_tags or ():
            # Names are compared in full, as one tag can be written in several ways.
            if new_tag(text).name() == tag.name():
                return entry
    raise TagNotFoundError(f"tag {tag} not found in tarball")


def _is_compressed(archive: Archive, layer: str) -> bool:
    """Whether the first layer is; Go takes its word for all of them."""
    with archive.open(layer) as stream:
        return peek_compression(stream)[0] != "none"


class _Core:
    """What both kinds of image share (``tarball.image``)."""

    def __init__(
        self,
        archive: Archive,
        entry: tarball_manifest.Descriptor,
        config: bytes,
        sources: Mapping[v1.Hash, v1.Descriptor],
    ) -> None:
        self._archive = archive
        self._layers = entry.layers or []
        self._config = config
        self._sources = sources
        self.claimed = ClaimedDiffIDs()

    def raw_config_file(self) -> bytes:
        return self._config

    def media_type(self) -> MediaType:
        return MediaType.DOCKER_MANIFEST_SCHEMA2

    def _configured(self) -> Sequence[v1.Hash]:
        """The DiffIDs of the config; Go parses it anew for each layer, with the same result."""
        return self.claimed.of(self._config)


class _UncompressedCore(_Core):
    """``tarball.uncompressedImage``."""

    def __init__(
        self,
        archive: Archive,
        entry: tarball_manifest.Descriptor,
        config: bytes,
        trusted: bool,
    ) -> None:
        sources = descriptors_of(entry.layer_sources, compressed=False, trusted=trusted)
        super().__init__(archive, entry, config, sources)
        self._positions: dict[v1.Hash, int] = {}

    def layer_by_diff_id(self, diff_id: v1.Hash) -> PlainLayer:
        diff_ids = self._configured()
        if not self._positions:
            self._positions = first_positions(diff_ids)
        if diff_id not in self._positions:
            raise UnknownDiffIDError(f"diff id {quote(str(diff_id))} not found")
        index = self._positions[diff_id]
        if index >= len(self._layers):
            raise MismatchedLayersError(
                f"config has {len(diff_ids)} rootfs.diff_id(s) but tarball manifest only "
                f"references {len(self._layers)} layer(s); the config may not describe a "
                "runnable image"
            )
        file = ArchiveFile(self._archive, self._layers[index])
        source = self._sources.get(diff_id)
        if source is not None:
            return ForeignLayer(file, diff_id, source)
        return PlainLayer(file, diff_id, MediaType.DOCKER_LAYER)


class _CompressedCore(_Core):
    """``tarball.compressedImage``."""

    def __init__(self, archive: Archive, entry: tarball_manifest.Descriptor, config: bytes) -> None:
        sources = descriptors_of(entry.layer_sources, compressed=True)
        super().__init__(archive, entry, config, sources)
        self._lock = threading.Lock()
        self._manifest: v1.Manifest | None = None
        self._positions: dict[v1.Hash, int] = {}
        self._surveyed: dict[str, Facts] = {}

    def survey(self) -> dict[str, Facts]:
        with self._lock:
            if self._manifest is None:
                self._surveyed = self._read_files()
                return self._surveyed
        return {}

    def _read_files(self) -> dict[str, Facts]:
        """What the files say that the manifest will describe; nothing of those with faults."""
        try:
            count = len(self._configured())
        except Error:
            return {}  # the manifest cannot be made either, which is then said
        files = list(dict.fromkeys(self._layers[:count]))
        with WorkerPool(len(files)) as pool:
            tasks = [functools.partial(self._try_to_read, file, pool) for file in files]
            found = list(pool.in_order(tasks, anywhere=self._archive.anywhere))
        return {file: facts for file, facts in zip(files, found, strict=True) if facts}

    def _try_to_read(self, file: str, pool: WorkerPool) -> Facts | None:
        try:
            with self._archive.open(file) as blob:
                return read_blob(blob, pool, Walk())
        except CancelledError:
            raise
        except Error:
            return None

    def raw_manifest(self) -> bytes:
        return json.marshal(self._make_manifest())

    def _make_manifest(self) -> v1.Manifest:
        with self._lock:
            if self._manifest is None:
                self._manifest = self._describe_layers()
            return self._manifest

    def _describe_layers(self) -> v1.Manifest:
        layers: list[v1.Descriptor] = []
        try:
            self._add_layers(layers)
        except CancelledError:
            raise
        except Exception:
            # Go keeps the manifest as far as it got, and gives that, without an error, to whoever
            # asks again.
            self._manifest = self._manifest_of(layers)
            raise
        return self._manifest_of(layers)

    def _manifest_of(self, layers: list[v1.Descriptor]) -> v1.Manifest:
        digest, size = v1.sha256(io.BytesIO(self._config))
        self._positions = first_positions([layer.digest for layer in layers])
        return v1.Manifest(
            schema_version=_SCHEMA_VERSION,
            media_type=MediaType.DOCKER_MANIFEST_SCHEMA2,
            config=v1.Descriptor(media_type=MediaType.DOCKER_CONFIG_JSON, size=size, digest=digest),
            layers=layers or None,  # Go's nil slice, written as null
        )

    def _add_layers(self, layers: list[v1.Descriptor]) -> None:
        """Describe each layer; what is appended stays when a later one fails."""
        diff_ids = self._configured()
        described = list(zip(diff_ids, self._layers, strict=False))
        if self._archive.anywhere:
            self._add_hashed(layers, described)
        else:
            layers.extend(self._describe(diff_id, file) for diff_id, file in described)
        if len(layers) < len(self._layers):
            raise MismatchedLayersError(
                f"tarball manifest references {len(self._layers)} layer(s) but config has "
                f"{len(diff_ids)} rootfs.diff_ids; the config may not describe a runnable "
                "image (for example, a buildkit cacheconfig)"
            )

    def _add_hashed(
        self, layers: list[v1.Descriptor], described: list[tuple[v1.Hash, str]]
    ) -> None:
        """The same, with the files that have to be hashed read beside each other."""
        openers = [
            functools.partial(self._archive.open, file)
            for diff_id, file in described
            if diff_id not in self._sources and file not in self._surveyed
        ]
        with WorkerPool(len(openers)) as pool:
            hashed = hash_all(openers, pool)
            for diff_id, file in described:
                # One by one: what is there when one fails, stays.
                layers.append(self._describe(diff_id, file, hashed))

    def _describe(
        self, diff_id: v1.Hash, file: str, hashed: Iterator[tuple[v1.Hash, int]] | None = None
    ) -> v1.Descriptor:
        """Describe a layer; its hash is the next of those, where there are any."""
        source = self._sources.get(diff_id)
        if source is not None:
            return source
        facts = self._surveyed.get(file)
        if facts is not None:
            digest, size = facts.digest, facts.size
        elif hashed is not None:
            digest, size = next(hashed)
        else:
            with self._archive.open(file) as stream:
                digest, size = v1.sha256(stream)
        return v1.Descriptor(media_type=MediaType.DOCKER_LAYER, size=size, digest=digest)

    def layer_by_digest(self, digest: v1.Hash) -> _CompressedLayerCore:
        layers = self._make_manifest().layers or []
        if digest not in self._positions:
            raise UnknownBlobError(f"blob {digest} not found")
        position = self._positions[digest]
        return _CompressedLayerCore(self._archive, self._layers[position], layers[position])


class _CompressedLayerCore:
    """``tarball.compressedLayerFromTarball``."""

    def __init__(self, archive: Archive, file: str, described: v1.Descriptor) -> None:
        self._archive = archive
        self.anywhere = archive.anywhere
        self.file = file
        self._described = described

    def digest(self) -> v1.Hash:
        return self._described.digest

    def compressed(self) -> io.RawIOBase:
        return self._archive.open(self.file)

    def size(self) -> int:
        return self._described.size

    def media_type(self) -> MediaType:
        return self._described.media_type
