"""Convert images between OCI's and Docker's media types, and their layers between compressions.

Go has no such package; ``mutate.media_type`` changes one field and nothing else. Here manifest,
config and layers agree afterwards, and all other fields of the documents are kept. The config file
does not change, so the image ID and the DiffIDs stay the same.
"""

from __future__ import annotations

import contextlib
import warnings

from pyggcr import v1
from pyggcr._layers import blob_layer
from pyggcr._layers.annotation_names import REFERENCE_DIGEST, REFERENCE_TYPE
from pyggcr._layers.archive_writer import JOBS
from pyggcr._layers.blob_layer import RetypedLayer
from pyggcr._layers.composed import ComposedImage, ComposedIndex, described, document, serialized
from pyggcr._layers.core import may_be_read_anywhere
from pyggcr._layers.task_group import TaskGroup
from pyggcr.build.media import DOCKER, Family, compression_of, family_named, family_of
from pyggcr.errors import (
    BuildError,
    ImageNotFoundError,
    MismatchedLayersError,
    ValidationError,
)
from pyggcr.types import MediaType
from pyggcr.v1.platform import parse_platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pyggcr._layers.blob_layer import BlobLayer, Compression
    from pyggcr.build.media import FamilyName

__all__ = ["ConversionWarning", "image", "index"]

# What only OCI's documents have.
_OCI_ONLY = ("annotations", "subject", "artifactType")

# Annotations of a layer that tell of its compressed bytes, which are others after a conversion.
_OF_BLOB = ("io.github.containers.zstd-chunked.", "containerd.io/snapshot/stargz/")


class ConversionWarning(UserWarning):
    """Something in an image has no equivalent in the converted image, and was left out."""


def image(
    source: v1.Image,
    to: FamilyName = "oci",
    *,
    compression: Compression | None = None,
    level: int | None = None,
) -> v1.Image:
    """Convert an image.

    A layer is compressed again only if its compression is not the one given by ``compression``, or
    if ``level`` is given. Such a layer is read once, at once, and kept in a temporary file until
    the image is closed or no longer used. Other layers are not read. Foreign layers, which must not
    be distributed, only change their media type.

    Args:
        source: the image, which must stay usable.
        to: ``oci`` (default) or ``docker``.
        compression: ``gzip``, ``zstd`` or ``none``; default: keep the layers as they are, except
            that zstd becomes gzip for Docker, which has no media type for it.
        level: as for ``build.layer``; all layers are then compressed again. Default: keep them as
            they are.

    Returns:
        The converted image, with the same digest on every machine and engine. Annotations and
        ``subject`` are kept; Docker's manifests have neither, so there they are left out with a
        ``ConversionWarning``.

    Raises:
        BuildError: an image is not a container image, or has a layer of an unknown kind.
        MismatchedLayersError: manifest and config list different numbers of layers.
        ValidationError: the content of a layer does not have its DiffID.
        UnsupportedOptionError: there is no such family, compression or level, or Docker has no
            media type for it.
        TypeError: the source has another type.
        Error: an image cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import convert, tarball
        >>> saved = tarball.image_from_path("tests/data/docker/28.5.2/app-tag.tar")
        >>> converted = convert.image(saved, "oci", compression="none")
        >>> converted.layers()[0].media_type()
        'application/vnd.oci.image.layer.v1.tar'
        >>> converted.config_name() == saved.config_name()
        True
    """
    if not isinstance(source, v1.Image):
        raise TypeError(f"expected an Image, not {type(source).__name__}")
    return _Conversion(to, compression, level).image(source)


def index(
    source: v1.ImageIndex,
    to: FamilyName = "oci",
    *,
    compression: Compression | None = None,
    level: int | None = None,
    platforms: Sequence[str] | None = None,
) -> v1.ImageIndex:
    """Convert an index with all its images, or with those for some platforms.

    Attestations that BuildKit puts beside images are kept as they are, and refer to the converted
    images. Docker's manifest lists have no place for them, so there they are left out with a
    ``ConversionWarning``.

    Args:
        source: the index, which must stay usable.
        to: ``oci`` (default) or ``docker``.
        compression: ``gzip``, ``zstd`` or ``none``; default: keep the layers as they are, except
            that zstd becomes gzip for Docker, which has no media type for it.
        level: as for ``build.layer``; all layers are then compressed again. Default: keep them as
            they are.
        platforms: such as ``linux/amd64``; default: all.

    Returns:
        An index of the same platforms in the same order.

    Raises:
        ImageNotFoundError: the index has no image for a platform.
        BuildError: an image is not a container image, or has a layer of an unknown kind.
        MismatchedLayersError: manifest and config list different numbers of layers.
        ValidationError: the content of a layer does not have its DiffID.
        UnsupportedOptionError: there is no such family, compression or level, or Docker has no
            media type for it.
        TypeError: the source has another type.
        Error: an image cannot be read; the subclass says why.

    Examples:
        >>> from pyggcr import build, convert
        >>> both = build.index(platforms=["linux/amd64", "linux/arm64"])
        >>> convert.index(both, "docker").media_type()
        'application/vnd.docker.distribution.manifest.list.v2+json'
    """
    if not isinstance(source, v1.ImageIndex):
        raise TypeError(f"expected an ImageIndex, not {type(source).__name__}")
    return _Conversion(to, compression, level).index(source, platforms)


class _Conversion:
    """What everything is converted to."""

    def __init__(self, to: str, compression: Compression | None, level: int | None) -> None:
        self._family: Family = family_named(to)
        self._compression = compression
        self._level = level
        if compression is not None:
            self._family.layer(compression)
            blob_layer.check_compression(compression, level)
        elif level is not None:
            blob_layer.check_compression("gzip", level)

    def image(self, source: v1.Image) -> ComposedImage:
        family_of(source.media_type())  # refuses what is no image
        manifest = document(source.raw_manifest(), "the manifest")
        layers = source.layers()
        entries: list[dict[str, Any]] = manifest.get("layers") or []
        config_type = source.manifest().config.media_type
        if not config_type.is_config():
            raise BuildError(f"this is no container image: its config is {config_type}")
        diff_ids = source.config_file().rootfs.diff_ids or []
        if not len(entries) == len(layers) == len(diff_ids):
            raise MismatchedLayersError(
                f"mismatched fs layers ({len(layers)}) and diff ids ({len(diff_ids)})"
            )
        with contextlib.ExitStack() as owned:
            made = self._recompressed(layers, entries, diff_ids, owned)
            converted = [
                self._layer(layer, entry, made.get(layer.digest()))
                for layer, entry in zip(layers, entries, strict=True)
            ]
            manifest["layers"] = [entry for _, entry in converted]
            manifest["mediaType"] = str(self._family.manifest)
            manifest["config"]["mediaType"] = str(self._family.config)
            self._drop(manifest, "the manifest", (*_OCI_ONLY,))
            image = ComposedImage(
                serialized(manifest),
                source.raw_config_file(),
                [layer for layer, _ in converted],
                owned=set(made.values()),
            )
            owned.pop_all()
        return image

    def _wanted(self, media_type: MediaType) -> Compression | None:
        """How a layer is to be compressed anew; ``None`` if it stays as it is."""
        if not media_type.is_distributable():
            return None
        compression = compression_of(media_type)
        if compression is None:
            raise BuildError(f"a layer of type {media_type} cannot be converted")
        wanted = self._compression
        if wanted is None:
            wanted = compression if compression in self._family.layers else "gzip"  # type: ignore[assignment]
        if self._level is None and wanted == compression:
            return None
        return None if wanted == compression == "none" else wanted

    def _recompressed(
        self,
        layers: list[v1.Layer],
        entries: list[dict[str, Any]],
        diff_ids: list[v1.Hash],
        owned: contextlib.ExitStack,
    ) -> dict[v1.Hash, BlobLayer]:
        """The layers that are compressed anew, by the digests that they had."""
        wanted: dict[v1.Hash, tuple[v1.Layer, v1.Hash, Compression]] = {}
        for layer, entry, diff_id in zip(layers, entries, diff_ids, strict=True):
            if compression := self._wanted(MediaType(entry.get("mediaType", ""))):
                wanted[layer.digest()] = layer, diff_id, compression
        made: dict[v1.Hash, BlobLayer] = {}

        def make(digest: v1.Hash, layer: v1.Layer, diff_id: v1.Hash, kind: Compression) -> None:
            made[digest] = owned.enter_context(self._compress(layer, diff_id, kind))

        with TaskGroup(JOBS) as group:
            for digest, (layer, diff_id, compression) in wanted.items():
                work = _bound(make, digest, layer, diff_id, compression)
                if may_be_read_anywhere(layer):
                    group.start(work)
                else:
                    work()
            group.finish()
        return made

    def _compress(self, layer: v1.Layer, diff_id: v1.Hash, compression: Compression) -> BlobLayer:
        with layer.uncompressed() as content:
            made = blob_layer.made(
                content,
                compression=compression,
                level=self._level,
                media_type=self._family.layer(compression),
                shown=f"layer {diff_id}",
            )
        if made.diff_id() != diff_id:
            made.close()
            raise ValidationError(
                f"layer {layer.digest()} has the content {made.diff_id()}, but the config says "
                f"{diff_id}"
            )
        return made

    def _layer(
        self, layer: v1.Layer, entry: dict[str, Any], made: BlobLayer | None
    ) -> tuple[v1.Layer, dict[str, Any]]:
        """The converted layer and its descriptor."""
        entry = dict(entry)
        if made is None:
            before = MediaType(entry.get("mediaType", ""))
            media_type = self._family.retyped(before)
            entry["mediaType"] = str(media_type)
            kept = layer if layer.media_type() == media_type else RetypedLayer(layer, media_type)
        else:
            kept = made
            entry.pop("data", None)
            entry.update(
                mediaType=str(made.media_type()), size=made.size(), digest=str(made.digest())
            )
            _drop_of_blob(entry)
        self._drop(entry, f"layer {entry['digest']}", ("annotations",))
        return kept, entry

    def _drop(self, parsed: dict[str, Any], shown: str, keys: Iterable[str]) -> None:
        """Leave out what Docker's documents do not have."""
        if self._family is not DOCKER:
            return
        if lost := [key for key in keys if parsed.pop(key, None)]:
            _warn(f"Docker's media types have no {', '.join(lost)}: left out of {shown}")

    def index(self, source: v1.ImageIndex, platforms: Sequence[str] | None = None) -> ComposedIndex:
        family_of(source.media_type())
        manifest = document(source.raw_manifest(), "the index")
        if platforms is not None:
            manifest["manifests"] = _for_platforms(source, manifest["manifests"], platforms)
        children: dict[v1.Hash, v1.Image | v1.ImageIndex] = {}
        digests: dict[str, str] = {}  # of the converted, by those of the sources
        kept: list[tuple[dict[str, Any], v1.Image | v1.ImageIndex]] = []
        with contextlib.ExitStack() as owned:
            for entry in manifest.get("manifests") or ():
                found = self._child(source, entry, owned)
                if found is not None:
                    kept.append((dict(entry), found))
                    digests[entry["digest"]] = str(found.digest())
            entries = [self._described(entry, child, digests) for entry, child in kept]
            children = {child.digest(): child for _, child in kept}
            manifest["manifests"] = entries
            manifest["mediaType"] = str(self._family.index)
            self._drop(manifest, "the index", _OCI_ONLY)
            made = [it for it in children.values() if isinstance(it, _CONVERTED)]
            index = ComposedIndex(serialized(manifest), children, owned=made)
            owned.pop_all()
        return index

    def _child(
        self, source: v1.ImageIndex, entry: dict[str, Any], owned: contextlib.ExitStack
    ) -> v1.Image | v1.ImageIndex | None:
        media_type = MediaType(entry.get("mediaType", ""))
        if media_type.is_index():
            nested = self.index(source.image_index(entry["digest"]))
            return owned.enter_context(nested)
        if not media_type.is_image():
            raise BuildError(f"an index with a {media_type} cannot be converted")
        child = source.image(entry["digest"])
        if (entry.get("annotations") or {}).get(REFERENCE_TYPE) is None:
            return owned.enter_context(self.image(child))
        if self._family is DOCKER:
            _warn(f"Docker's media types have no attestations: {entry['digest']} is left out")
            return None
        return child

    def _described(
        self,
        entry: dict[str, Any],
        child: v1.Image | v1.ImageIndex,
        digests: dict[str, str],
    ) -> dict[str, Any]:
        entry.pop("data", None)
        entry.update(described(child.media_type(), child.raw_manifest()))
        if MediaType(entry.get("artifactType", "")).is_config():
            # go-containerregistry says the type of the config here.
            entry["artifactType"] = str(self._family.config)
            if self._family is DOCKER:
                del entry["artifactType"]
        annotations = entry.get("annotations") or {}
        about = annotations.get(REFERENCE_DIGEST)
        if about in digests:
            entry["annotations"] = {**annotations, REFERENCE_DIGEST: digests[about]}
        self._drop(entry, f"the entry of {entry['digest']}", ("annotations", "artifactType"))
        return entry


def _for_platforms(
    source: v1.ImageIndex, entries: list[dict[str, Any]], platforms: Sequence[str]
) -> list[dict[str, Any]]:
    """The entries for these platforms, and what is about them."""
    wanted = [parse_platform(name) for name in platforms]
    known = source.index_manifest().manifests or []
    kept: set[str] = set()
    for spec in wanted:
        fitting = [str(it.digest) for it in known if it.platform and it.platform.satisfies(spec)]
        if not fitting:
            there = ", ".join(str(it.platform) for it in known if it.platform) or "none"
            raise ImageNotFoundError(f"the index has no image for {spec}: it has {there}")
        kept.update(fitting)
    return [
        entry
        for entry in entries
        if entry["digest"] in kept or (entry.get("annotations") or {}).get(REFERENCE_DIGEST) in kept
    ]


_CONVERTED = (ComposedImage, ComposedIndex)


def _bound(function: Any, *arguments: object) -> Any:
    return lambda: function(*arguments)


def _drop_of_blob(entry: dict[str, Any]) -> None:
    annotations = entry.get("annotations")
    if annotations:
        kept = {key: it for key, it in annotations.items() if not key.startswith(_OF_BLOB)}
        if kept:
            entry["annotations"] = kept
        else:
            del entry["annotations"]


def _warn(text: str) -> None:
    warnings.warn(text, ConversionWarning, stacklevel=4)
