"""What ``pyggcr.mutate`` adds to images and indexes: pkg/v1/mutate's Addendum and IndexAddendum."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, field
from pyggcr.v1.config import History
from pyggcr.v1.hash import Hash
from pyggcr.v1.manifest import Descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from pyggcr.types import MediaType
    from pyggcr.v1.image import Layer
    from pyggcr.v1.platform import Platform
else:
    from pyggcr._typing import Protocol

__all__ = ["Addendum", "Appendable", "IndexAddendum"]

_NO_HASH = Hash()


class Appendable(Protocol):
    """Anything that can be added to an index: an image, an index, a layer or your own class.

    Go: ``mutate.Appendable``. If the object has a method ``descriptor``, that decides how the index
    refers to it.
    """

    def media_type(self) -> MediaType:
        """Return the media type that the index names (``Appendable.MediaType``).

        Returns:
            The media type.
        """

    def digest(self) -> Hash:
        """Return the hash of the document or blob (``Appendable.Digest``).

        Returns:
            The hash.
        """

    def size(self) -> int:
        """Return the size of the document or blob (``Appendable.Size``).

        Returns:
            Bytes.
        """


@dataclass(frozen=True, slots=True)
class Addendum:
    """A layer to add to an image, with its description (``mutate.Addendum``).

    The description does not change the layer itself: ``layer.media_type()`` stays the same.

    Attributes:
        layer: the layer; ``None`` for an instruction without one, whose history sets
            ``empty_layer``.
        history: the entry for the config file.
        urls: other addresses of the blob, for the descriptor in the manifest.
        annotations: of the descriptor, in place of the layer's own.
        media_type: of the descriptor; empty for the layer's own.
    """

    layer: Layer | None = None
    history: History = field(default_factory=History)
    urls: Sequence[str] | None = None
    annotations: Mapping[str, str] | None = None
    media_type: MediaType | str = ""


@dataclass(frozen=True, slots=True)
class IndexAddendum:
    """Something to add to an index, with its description (``mutate.IndexAddendum``).

    Whatever is empty comes from ``add`` itself. Values that are given are not checked, not even the
    digest.

    Attributes:
        add: an image, an index, a layer, or another ``Appendable``.
        media_type: of the descriptor.
        size: in bytes.
        digest: of the document or blob.
        data: the content itself.
        urls: other addresses.
        annotations: in place of those of ``add``.
        platform: the platform that the image is for.
        artifact_type: the kind of an artifact.
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
        """Return the given values as a descriptor.

        Returns:
            A descriptor, empty where nothing was given.
        """
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
