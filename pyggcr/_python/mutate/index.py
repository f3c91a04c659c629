"""An index that is a base with changes: pkg/v1/mutate, index.go."""

from __future__ import annotations

import copy
import io
import threading

from pyggcr import v1
from pyggcr._gostd import json
from pyggcr._layers import derived
from pyggcr.errors import StreamNotComputedError, UnknownBlobError
from pyggcr.types import MediaType
from pyggcr.v1.hash import to_hash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyggcr._values.mutate import IndexAddendum

__all__ = ["MutatedIndex"]


class MutatedIndex(v1.ImageIndex):
    """An index that is a base with changes (``mutate.index``); computed once, when asked."""

    def __init__(
        self,
        base: v1.ImageIndex,
        *,
        adds: Sequence[IndexAddendum] = (),
        remove: Callable[[v1.Descriptor], bool] | None = None,
        annotations: Mapping[str, str] | None = None,
        media_type: MediaType | None = None,
        subject: v1.Descriptor | None = None,
    ) -> None:
        """Change a base; all arguments are the index's own from now on."""
        self._base = base
        self._adds = adds
        self._remove = remove
        self._annotations = annotations
        self._media_type = media_type
        self._subject = subject
        self._manifest: v1.IndexManifest | None = None
        self._images: dict[v1.Hash, v1.Image] = {}
        self._indexes: dict[v1.Hash, v1.ImageIndex] = {}
        self._layers: dict[v1.Hash, v1.Layer] = {}
        self._lock = threading.Lock()

    def _compute(self) -> v1.IndexManifest:
        with self._lock:
            if self._manifest is None:
                self._manifest = self._make()
            return self._manifest

    def _make(self) -> v1.IndexManifest:
        # What an attempt that fails has found stays until the next one, as in Go.
        self._images, self._indexes, self._layers = {}, {}, {}
        manifest = copy.deepcopy(self._base.index_manifest())
        entries = manifest.manifests
        if self._remove is not None:
            # None, not an empty list, if nothing remains: JSON's null.
            remove = self._remove
            entries = [it for it in entries or () if not remove(copy.copy(it))] or None
        for add in self._adds:
            described = _described(add)
            entries = [*(entries or ()), copy.copy(described)]
            if isinstance(add.add, v1.ImageIndex):
                self._indexes[described.digest] = add.add
            elif isinstance(add.add, v1.Image):
                self._images[described.digest] = add.add
            elif isinstance(add.add, v1.Layer):
                self._layers[described.digest] = add.add
        manifest.manifests = entries
        if self._media_type is not None:
            manifest.media_type = self._media_type
        if self._annotations:
            manifest.annotations = {**(manifest.annotations or {}), **self._annotations}
        manifest.subject = self._subject
        manifest.raw = None
        return manifest

    def media_type(self) -> MediaType:
        """Media type of the index (``ImageIndex.MediaType``)."""
        return self._base.media_type() if self._media_type is None else self._media_type

    def digest(self) -> v1.Hash:
        """SHA-256 of the index (``ImageIndex.Digest``)."""
        return v1.sha256(io.BytesIO(self.raw_manifest()))[0]

    def size(self) -> int:
        """Size of the index in bytes (``ImageIndex.Size``)."""
        return len(self.raw_manifest())

    def index_manifest(self) -> v1.IndexManifest:
        """A copy of the parsed index (``ImageIndex.IndexManifest``)."""
        return copy.deepcopy(self._compute())

    def raw_manifest(self) -> bytes:
        """The bytes of the index (``ImageIndex.RawManifest``)."""
        return json.marshal(self._compute())

    def image(self, digest: v1.Hash | str) -> v1.Image:
        """The image with this manifest digest (``ImageIndex.Image``).

        What was added is known only after another question, as in Go (docs/upstream-findings.md).
        """
        wanted = to_hash(digest)
        added = self._images.get(wanted)
        return self._base.image(wanted) if added is None else added

    def image_index(self, digest: v1.Hash | str) -> v1.ImageIndex:
        """The nested index with this digest (``ImageIndex.ImageIndex``); see ``image``."""
        wanted = to_hash(digest)
        added = self._indexes.get(wanted)
        return self._base.image_index(wanted) if added is None else added

    def layer(self, digest: v1.Hash | str) -> v1.Layer:
        """The entry with this digest that is a layer; see ``image``.

        Raises:
            UnknownBlobError: neither was it added nor does the base list layers.
        """
        wanted = to_hash(digest)
        added = self._layers.get(wanted)
        if added is not None:
            return added
        of_base = derived.layer_finder(self._base)
        if of_base is None:
            raise UnknownBlobError(f"layer not found: {wanted}")
        return of_base(wanted)

    def manifests(self) -> list[derived.Describable]:
        """What the index lists, as objects (``mutate.index.Manifests``)."""
        try:
            self._compute()
        except StreamNotComputedError:
            # A stream that is not read yet has no digest, but it can be read from this list.
            return [*derived.manifests(self._base), *(add.add for add in self._adds)]
        return derived.compute_manifests(self)


def _described(addendum: IndexAddendum) -> v1.Descriptor:
    """How the index refers to what is added (``computeDescriptor``).

    What an object handed out as its descriptor is changed, as in Go (docs/upstream-findings.md).
    """
    described = derived.descriptor(addendum.add)
    if addendum.size:
        described.size = addendum.size
    if addendum.media_type:
        described.media_type = MediaType(addendum.media_type)
    if addendum.digest != v1.Hash():
        described.digest = addendum.digest
    if addendum.platform is not None:
        described.platform = addendum.platform
    if addendum.urls:
        described.urls = list(addendum.urls)
    if addendum.annotations:
        described.annotations = dict(addendum.annotations)
    if addendum.data:
        described.data = addendum.data
    if addendum.artifact_type:
        described.artifact_type = addendum.artifact_type
    return described
