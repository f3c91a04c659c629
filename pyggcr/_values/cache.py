"""What a cache of layers is on either engine: pkg/v1/cache."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pyggcr import v1
from pyggcr._dataclasses import dataclass

__all__ = ["Cache", "FolderSpec"]


@dataclass(frozen=True, slots=True)
class FolderSpec:
    """A cache in a folder, described as data.

    Attributes:
        folder: its path.
        read_only: whether nothing is written or deleted; default false.
    """

    folder: str
    read_only: bool = False


class Cache(ABC):
    """A cache of layers (``cache.Cache``); subclass it to keep layers elsewhere.

    Several threads may use a cache at the same time.
    """

    @abstractmethod
    def put(self, layer: v1.Layer) -> v1.Layer:
        """Store a layer, at once or while it is read (``Cache.Put``).

        Args:
            layer: the layer.

        Returns:
            The layer to use from now on.

        Raises:
            Error: the layer cannot be read or stored; the subclass says why.
        """

    @abstractmethod
    def get(self, digest: v1.Hash) -> v1.Layer:
        """Find a layer (``Cache.Get``).

        Args:
            digest: its digest or its DiffID.

        Returns:
            The layer.

        Raises:
            LayerNotFoundError: the cache has no such layer.
            Error: the cache cannot be read; the subclass says why.
        """

    @abstractmethod
    def delete(self, digest: v1.Hash) -> None:
        """Delete a layer (``Cache.Delete``).

        Args:
            digest: its digest or its DiffID.

        Raises:
            LayerNotFoundError: the cache has no such layer.
            Error: it cannot be deleted; the subclass says why.
        """

    def spec(self) -> FolderSpec | None:
        """Describe the cache as data, if an engine has a cache like it.

        Returns:
            The description; ``None`` for a class of your own.
        """
        return None
