"""What ``pyggcr.mutate`` adds to images and indexes: pkg/v1/mutate's Addendum and IndexAddendum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pyggcr._dataclasses import dataclass, field
from pyggcr.v1.config import History
from pyggcr.v1.hash import Hash
from pyggcr.v1.manifest import Descriptor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyggcr.types import MediaType
    from pyggcr.v1.image import Layer
    from pyggcr.v1.platform import Platform

__all__ = ["Addendum", "Appendable", "IndexAddendum"]

_NO_HASH = Hash()


class Appendable(Protocol):
    """What can be added to an index (``mutate.Appendable``): an image, an index, a layer, or yours.

    An own ``descriptor()`` method, where there is one, says how the index refers to the object.
    """

    def media_type(self) -> MediaType:
        """The media type that the index names (``Appendable.MediaType``)."""

    def digest(self) -> Hash:
        """The hash of the document or blob (``Appendable.Digest``)."""

    def size(self) -> int:
        """The size of the document or blob in bytes (``Appendable.Size``)."""


@dataclass(frozen=True, slots=True)
class Addendum:
    """A layer and what is said of it, to be added to an image (``mutate.Addendum``).

    What the descriptor says does not change the layer: ``layer.media_type()`` stays what it is.

    Attributes:
        layer: the layer; ``None`` for an instruction that made none, whose history says so
            (``empty_layer``).
        history: the entry for the config file.
        urls: where else the blob can be had, for the descriptor in the manifest.
        annotations: of the descriptor, in place of those that the layer has.
        media_type: of the descriptor; empty for the layer's own.
    """

    layer: Layer | None = None
    history: History = field(default_factory=History)
    urls: Sequence[str] | None = None
    annotations: Mapping[str, str] | None = None
    media_type: MediaType | str = ""


@dataclass(frozen=True, slots=True)
class IndexAddendum:
    """Something to add to an index, and what to say of it (``mutate.IndexAddendum``).

    Whatever is empty comes from ``add`` itself. What is given is believed, a wrong digest too.

    Attributes:
        add: an image, an index, a layer, or another ``Appendable``.
        media_type: of the descriptor.
        size: in bytes.
        digest: of the document or blob.
        data: the content itself.
        urls: where else it can be had.
        annotations: in place of those that ``add`` has.
        platform: what the image is for.
        artifact_type: what the artifact is.
    """

    add: Appendable
    media_type: MediaType | str = ""
    size: int = 0
    digest: Hash = _NO_HASH
    data: bytes | None = None
    urls: Sequence[str] | None = None
    annotations: Mapping[str, str] | None = None
    platform: Platform | None = None
    artifact_type: str = ""

    def descriptor(self) -> Descriptor:
        """What is given, as a descriptor; the rest of it is empty."""
        from pyggcr.types import MediaType

        return Descriptor(
            media_type=MediaType(self.media_type),
            size=self.size,
            digest=self.digest,
            data=self.data,
            urls=None if self.urls is None else list(self.urls),
            annotations=None if self.annotations is None else dict(self.annotations),
            platform=self.platform,
            artifact_type=self.artifact_type,
        )
