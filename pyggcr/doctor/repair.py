"""Write the images of an archive to an archive that every tool reads.

The new archive is an archive of ``docker save`` and an OCI layout at once, as Docker 25 and later
write it, but without ``LayerSources``, with one compression for all layers of an image, and with
an index.json that lists all images. An input that contradicts itself is an error.
"""

from __future__ import annotations

import io
import json
import os

from pyggcr import name, store, v1
from pyggcr._dataclasses import dataclass
from pyggcr._gostd import json as go_json
from pyggcr._layers.annotation_names import CONTAINERD_NAME, REFERENCE_NAME
from pyggcr._layers.file_names import INDEX_JSON, MANIFEST_JSON, OCI_LAYOUT, blob_name
from pyggcr._layers.worker_pool import WorkerPool
from pyggcr.doctor.repair_file import NewTar, new_tar
from pyggcr.doctor.repair_layers import Copied, copy_layer
from pyggcr.doctor.repair_plan import (
    Compression,
    Group,
    PlannedImage,
    PlannedLayer,
    claimed_digest,
    plan,
    refusing,
)
from pyggcr.errors import RepairError, UnsupportedOptionError
from pyggcr.store.documents import naming
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import get_args

    from pyggcr.doctor.repair_layers import Form
else:
    from pyggcr._typing import get_args

__all__ = ["COMPRESSIONS", "Repaired", "RepairedImage", "repair"]

COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)

# The bytes must not depend on which Go, if any, built the engine of this machine.
_PROFILE = "go1.26"

_SCHEMA_VERSION = 2
_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
_LAYER_TYPES: dict[Form, MediaType] = {
    "gzip": MediaType.OCI_LAYER,
    "plain": MediaType.OCI_UNCOMPRESSED_LAYER,
}
# What Docker calls the registry that pkg/name knows as index.docker.io.
_DOCKER_REGISTRY = "docker.io"


@dataclass(frozen=True, slots=True)
class RepairedImage:
    """An image that was written.

    Attributes:
        tags: its names, such as ``app:1``.
        platform: its platform; ``None`` if the input has none for it.
        digest: the digest of its manifest in the OCI layout.
        config: the digest of its config, which is the image ID.
        layers: the DiffIDs, the base layer first.
    """

    tags: tuple[str, ...]
    platform: v1.Platform | None
    digest: v1.Hash
    config: v1.Hash
    layers: tuple[v1.Hash, ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair has written.

    Attributes:
        path: the archive.
        images: the images in it.
    """

    path: str
    images: tuple[RepairedImage, ...]


def repair(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    compression: Compression = "keep",
    tag: name.Tag | str | None = None,
) -> Repaired:
    """Write the images of an archive or layout to an archive that every tool reads.

    Configs stay the same byte for byte, and layers keep their content, so image IDs and DiffIDs do
    not change; an OCI manifest that still fits keeps its digest. The same images always give the
    same bytes, whatever their order and times in the input. Each layer is read once, and none is
    held in memory as a whole.

    Args:
        source: the archive, layout or location, as for ``pyggcr.open``.
        target: the archive to write; it may be the source. The file is renamed into place once it
            is complete, and an existing file stays as it is if anything fails.
        compression: ``keep`` leaves the layers of an image as they are if all are uncompressed or
            all are gzip, and compresses them with gzip otherwise; ``gzip`` and ``plain`` apply to
            all images. Layers that are gzip already are not compressed again; others are compressed
            as Go 1.26 does it. Default ``keep``.
        tag: write only the images with this tag. Default: all images.

    Returns:
        The path and the images that were written.

    Raises:
        RepairError: an image is damaged or incomplete, or contradicts itself; the text says where.
        TagNotFoundError: no image has the tag.
        ArchiveError: the source has no images or is damaged, or the target exists and is not a
            file.
        JSONError, InvalidHashError: a document that lists the images is malformed.
        CompressionError: the compressed source is damaged.
        FileAccessError: the source cannot be read, or the target cannot be written.
        DaemonError: the Docker daemon does not return the image.
        TransportError: the registry does not return the image.
        InvalidReferenceError: the name of the image in ``source`` is not a valid reference.
        UnsupportedOptionError: there is no such compression, or the transport is not supported.
        CancelledError: a limit of ``pyggcr.limits`` ended the work.

    >>> import pathlib, tempfile
    >>> from pyggcr import random, tarball
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     archive = pathlib.Path(folder, "app.tar")
    ...     tarball.write_to_file(archive, "app:1", random.image(16, 1))
    ...     [image.tags for image in repair(archive, archive).images]
    [('app:1',)]
    """
    if compression not in COMPRESSIONS:
        raise UnsupportedOptionError(
            f'compression is "keep", "gzip" or "plain", not "{compression}"'
        )
    place = os.fsdecode(target)
    with store.open(source, gzip_profile=_PROFILE) as opened:
        chosen = _choose(opened, tag)
        with new_tar(place) as tar, naming(opened.path):
            images = _Writing(tar).write(plan(chosen, compression))
    return Repaired(place, images)


def _choose(opened: store.Store, tag: name.Tag | str | None) -> list[store.StoredImage]:
    images = opened.images(tag=tag)
    if not images:
        return [opened.image(tag=tag)]  # raises, and names the tags that there are
    if tag is None and opened.passed_over:
        raise RepairError(f"{opened.path}: {opened.passed_over[0]}")
    return images


class _Writing:
    """Writes the images of a plan, layers first, and the documents that list them last."""

    def __init__(self, tar: NewTar) -> None:
        self._tar = tar
        self._copied: dict[tuple[str, Form], Copied] = {}

    def write(self, groups: list[Group]) -> tuple[RepairedImage, ...]:
        """Write everything."""
        for folder in ("blobs/", "blobs/sha256/"):
            self._tar.add_folder(folder)
        with WorkerPool(1) as pool:
            for image in _images_of(groups):
                self._write_layers(image, pool)
        for image in _images_of(groups):
            self._add_blob(image.raw_config, MediaType.OCI_CONFIG_JSON)
        described = {id(image): self._write_manifest(image) for image in _images_of(groups)}
        roots = []
        for group in groups:
            roots += self._roots_of(group, [described[id(image)] for image in group.images])
        self._tar.add(INDEX_JSON, go_json.marshal(_index_of(roots)))
        self._tar.add(MANIFEST_JSON, self._saved(groups))
        self._tar.add(OCI_LAYOUT, _LAYOUT)
        return tuple(
            RepairedImage(
                tags=image.names or image.references,
                platform=image.platform,
                digest=described[id(image)].digest,
                config=image.config,
                layers=tuple(layer.diff_id for layer in image.layers),
            )
            for image in _images_of(groups)
        )

    def _write_layers(self, image: PlannedImage, pool: WorkerPool) -> None:
        for number, layer in enumerate(image.layers):
            with refusing(f"{image.label}: layer {number} ({layer.blob.name})"):
                copied = self._copy(layer, pool)
                claimed = claimed_digest(layer.blob.name)
                if claimed is not None and claimed != copied.stored.hex:
                    raise RepairError(f"the content has the digest {copied.stored}")
                if copied.diff_id != layer.diff_id:
                    raise RepairError(
                        f"the config wants the DiffID {layer.diff_id}, "
                        f"but the content has {copied.diff_id}"
                    )

    def _copy(self, layer: PlannedLayer, pool: WorkerPool) -> Copied:
        key = layer.blob.name, layer.form
        if key not in self._copied:
            with self._tar.entry() as entry:
                copied = copy_layer(layer.blob, layer.form, _PROFILE, entry.write, pool)
                entry.name = blob_name(copied.digest)
            self._copied[key] = copied
        return self._copied[key]

    def _write_manifest(self, image: PlannedImage) -> v1.Descriptor:
        """Write the image's OCI manifest; how an index refers to it.

        A manifest that the input has is taken as it is where it fits, so that it keeps its digest.
        """
        manifest = v1.Manifest(
            schema_version=_SCHEMA_VERSION,
            media_type=MediaType.OCI_MANIFEST_SCHEMA1,
            config=_describe(image.raw_config, MediaType.OCI_CONFIG_JSON),
            layers=[self._describe_layer(layer) for layer in image.layers],
        )
        for own in image.manifests:
            if own.raw is not None and _is_plain_json(own.raw) and _facts(own) == _facts(manifest):
                return self._add_blob(own.raw, MediaType.OCI_MANIFEST_SCHEMA1)
        return self._add_blob(go_json.marshal(manifest), MediaType.OCI_MANIFEST_SCHEMA1)

    def _describe_layer(self, layer: PlannedLayer) -> v1.Descriptor:
        copied = self._copied[layer.blob.name, layer.form]
        return v1.Descriptor(
            media_type=_LAYER_TYPES[layer.form], size=copied.size, digest=copied.digest
        )

    def _add_blob(self, data: bytes, media_type: MediaType) -> v1.Descriptor:
        described = _describe(data, media_type)
        self._tar.add(blob_name(described.digest), data)
        return described

    def _roots_of(self, group: Group, described: list[v1.Descriptor]) -> list[v1.Descriptor]:
        """What index.json has of a group: the image, or an index of its platforms, by each name."""
        root = described[0]
        if len(described) > 1:
            for image, entry in zip(group.images, described, strict=True):
                entry.platform = image.platform
            root = self._add_blob(go_json.marshal(_index_of(described)), MediaType.OCI_IMAGE_INDEX)
        annotations = [_annotations(text) for text in group.names]
        annotations += [{REFERENCE_NAME: text} for text in group.references]
        return [
            v1.Descriptor(
                media_type=root.media_type, size=root.size, digest=root.digest, annotations=found
            )
            for found in _distinct(annotations) or [{}]
        ]

    def _saved(self, groups: list[Group]) -> bytes:
        """manifest.json."""
        entries = [
            {
                "Config": blob_name(image.config),
                "RepoTags": list(names) or None,
                "Layers": [
                    blob_name(self._copied[layer.blob.name, layer.form].digest)
                    for layer in image.layers
                ],
            }
            for group in groups
            for image, names in group.listed
        ]
        return json.dumps(entries, separators=(",", ":")).encode()


def _facts(manifest: v1.Manifest) -> tuple[object, ...]:
    """What a manifest has to say of an image; it may say more, in annotations."""
    return (
        manifest.schema_version,
        manifest.media_type or MediaType.OCI_MANIFEST_SCHEMA1,
        *(
            (described.media_type, described.size, described.digest)
            for described in (manifest.config, *(manifest.layers or ()))
        ),
    )


def _is_plain_json(raw: bytes) -> bool:
    """Whether other readers than Go's see the same keys, and nothing after the document."""
    try:
        return bool({"schemaVersion", "config", "layers"} <= json.loads(raw).keys())
    except (ValueError, RecursionError):
        return False


def _images_of(groups: list[Group]) -> list[PlannedImage]:
    return [image for group in groups for image in group.images]


def _index_of(described: list[v1.Descriptor]) -> v1.IndexManifest:
    return v1.IndexManifest(
        schema_version=_SCHEMA_VERSION,
        media_type=MediaType.OCI_IMAGE_INDEX,
        manifests=described,
    )


def _describe(data: bytes, media_type: MediaType) -> v1.Descriptor:
    digest, size = v1.sha256(io.BytesIO(data))
    return v1.Descriptor(media_type=media_type, size=size, digest=digest)


def _annotations(text: str) -> dict[str, str]:
    """The whole name as Docker writes it, and the tag alone."""
    tag = name.new_tag(text)
    whole = tag.name().removeprefix(f"{name.DEFAULT_REGISTRY}/")
    if whole != tag.name():
        whole = f"{_DOCKER_REGISTRY}/{whole}"
    return {CONTAINERD_NAME: whole, REFERENCE_NAME: tag.tag_str()}


def _distinct(annotations: list[dict[str, str]]) -> list[dict[str, str]]:
    """Each once: one name can be written in several ways."""
    return list({tuple(found.items()): found for found in annotations}.values())
