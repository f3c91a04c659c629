"""What a cache of layers is on either engine: pkg/v1/cache."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pyggcr import v1
from pyggcr._dataclasses import dataclass

__all__ = ["Cache", "FolderSpec"]


@dataclass(frozen=True, slots=True)
class FolderSpec:
    """A cache in a folder, as data.

    Attributes:
        read_only: whether nothing is written or deleted.
    """

    folder: str
    read_only: bool = False


class Cache(ABC):
    """Where layers are kept (``cache.Cache``); subclass it to keep them in your own place.

    Several threads may use a cache at the same time.
    """

    @abstractmethod
    def put(self, layer: v1.Layer) -> v1.Layer:
        """Keep a layer, now or while it is read (``Cache.Put``).

        Returns:
            The layer to use from now on.
        """

    @abstractmethod
    def get(self, digest: v1.Hash) -> v1.Layer:
        """Find a layer by its digest or its DiffID (``Cache.Get``).

        Raises:
            LayerNotFoundError: there is no such layer.
        """

    @abstractmethod
    def delete(self, digest: v1.Hash) -> None:
        """Delete what is kept under a digest or a DiffID (``Cache.Delete``).

        Raises:
            LayerNotFoundError: there is no such layer.
        """

    def spec(self) -> FolderSpec | None:
        """The cache as data, if an engine has a cache like it; ``None`` for one of your own."""
        return None
