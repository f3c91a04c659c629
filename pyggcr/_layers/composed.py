"""Images and indexes made of documents that are at hand and of layers or images of any origin.

``mutate`` writes documents anew from the models, as Go does, so that fields it does not know are
lost. What is ours changes the JSON itself: ``document`` reads it, ``serialized`` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pyggcr import v1
from pyggcr._layers import derived
from pyggcr._layers.closing import Closing
from pyggcr._layers.completed import CompletedImage
from pyggcr.errors import Error, JSONError, UnknownBlobError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr._os.closeable import Closeable
    from pyggcr.v1.platform import Platform

__all__ = [
    "ComposedImage",
    "ComposedIndex",
    "described",
    "document",
    "index_of",
    "platform_document",
    "serialized",
]


def document(raw: bytes, shown: str) -> dict[str, Any]:
    """The JSON object that a document is.

    Raises:
        JSONError: it is malformed, or no object.
    """
    import json  # takes a while, and many who write an image read no document

    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise JSONError(f"{shown}: {error}") from None
    if not isinstance(parsed, dict):
        raise JSONError(f"{shown}: expected a JSON object")
    return parsed


def serialized(parsed: Mapping[str, Any]) -> bytes:
    """The document's bytes: compact, in the order of its fields."""
    import json

    text = json.dumps(parsed, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair is no text; Go writes U+FFFD for it, too.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def described(media_type: MediaType, raw: bytes) -> dict[str, Any]:
    """The descriptor of a document."""
    digest, size = _hashed(raw), len(raw)
    return {"mediaType": str(media_type), "size": size, "digest": str(digest)}


def _hashed(raw: bytes) -> v1.Hash:
    import hashlib

    return v1.Hash("sha256", hashlib.sha256(raw).hexdigest())


class ComposedImage(CompletedImage):
    """An image of a manifest, a config file, and the layers that the manifest lists, in order."""

    def __init__(
        self,
        manifest: bytes,
        config_file: bytes,
        layers: Sequence[v1.Layer],
        *,
        owned: Iterable[Closeable] = (),
    ) -> None:
        """Compose it; ``owned`` is closed with it."""
        super().__init__()
        self._raw_manifest = manifest
        self._raw_config_file = config_file
        self._layers = tuple(layers)
        self._owned = tuple(owned)
        self._media_type = v1.parse_manifest(manifest).media_type

    def layers(self) -> list[v1.Layer]:
        """The layers, base layer first."""
        self._use()
        return list(self._layers)

    def media_type(self) -> MediaType:
        """Media type of the manifest."""
        self._use()
        return self._media_type

    def raw_config_file(self) -> bytes:
        """The bytes of the config file."""
        self._use()
        return self._raw_config_file

    def raw_manifest(self) -> bytes:
        """The bytes of the manifest."""
        self._use()
        return self._raw_manifest

    def layer_by_digest(self, digest: v1.Hash | str) -> v1.Layer:
        """The first layer whose blob has this digest."""
        self._use()
        wanted = v1.to_hash(digest)
        for blob, layer in zip(derived.fs_layers(self), self._layers, strict=True):
            if blob == wanted:
                return layer
        raise UnknownBlobError(f"unknown blob {wanted}")

    def layer_by_diff_id(self, diff_id: v1.Hash | str) -> v1.Layer:
        """The first layer whose content has this DiffID."""
        return self.layer_by_digest(derived.LayerTable(self).diff_id_to_blob(v1.to_hash(diff_id)))

    def close(self) -> None:
        """Close the image, and what was made for it alone. Idempotent."""
        super().close()
        for it in self._owned:
            it.close()


class ComposedIndex(Closing, v1.ImageIndex):
    """An index of a manifest and of what the manifest lists."""

    _kind = "index"

    def __init__(
        self,
        manifest: bytes,
        children: Mapping[v1.Hash, v1.Image | v1.ImageIndex],
        *,
        owned: Iterable[Closeable] = (),
    ) -> None:
        """Compose it; ``owned`` is closed with it."""
        self._raw_manifest = manifest
        self._children = dict(children)
        self._owned = tuple(owned)
        self._media_type = v1.parse_index_manifest(manifest).media_type

    def media_type(self) -> MediaType:
        """Media type of the index."""
        self._use()
        return self._media_type

    def digest(self) -> v1.Hash:
        """SHA-256 of the index."""
        return _hashed(self.raw_manifest())

    def size(self) -> int:
        """Size of the index in bytes."""
        return len(self.raw_manifest())

    def index_manifest(self) -> v1.IndexManifest:
        """The parsed index."""
        return v1.parse_index_manifest(self.raw_manifest())

    def raw_manifest(self) -> bytes:
        """The bytes of the index."""
        self._use()
        return self._raw_manifest

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """The image with this manifest digest."""
        child = self._child(digest)
        if not isinstance(child, v1.Image):
            raise Error(f"{digest} is no image")
        return child

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """The nested index with this digest."""
        child = self._child(digest)
        if not isinstance(child, v1.ImageIndex):
            raise Error(f"{digest} is no index")
        return child

    def _child(self, digest: v1.Hash | str) -> v1.Image | v1.ImageIndex:
        self._use()
        wanted = v1.to_hash(digest)
        if wanted not in self._children:
            raise UnknownBlobError(f"could not find descriptor in index for {wanted}")
        return self._children[wanted]

    def close(self) -> None:
        """Close the index, and what was made for it alone. Idempotent."""
        super().close()
        for it in self._owned:
            it.close()


def index_of(images: Iterable[tuple[Platform, v1.Image]], media_type: MediaType) -> ComposedIndex:
    """An index of images as they are, each for its platform."""
    entries, children = [], {}
    for platform, image in images:
        entry = described(image.media_type(), image.raw_manifest())
        entries.append({**entry, "platform": platform_document(platform)})
        children[image.digest()] = image
    manifest = {"schemaVersion": 2, "mediaType": str(media_type), "manifests": entries}
    return ComposedIndex(serialized(manifest), children)


def platform_document(platform: Platform) -> dict[str, Any]:
    """How a platform stands in an index, and in a config."""
    fields = {
        "architecture": platform.architecture,
        "os": platform.os,
        "os.version": platform.os_version,
        "os.features": platform.os_features,
        "variant": platform.variant,
    }
    return {key: it for key, it in fields.items() if it or key in ("architecture", "os")}
