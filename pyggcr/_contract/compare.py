"""pkg/v1/compare: whether images, indexes and layers are the same."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
else:
    from pyggcr._typing import Protocol

__all__ = ["CompareEngine"]


class CompareEngine(Protocol):
    """How an engine compares objects of any origin; a difference is an ``Error``."""

    def images(self, *, a: v1.Image, b: v1.Image) -> None:
        """Compare images and their layers (``compare.Images``)."""

    def indexes(self, *, a: v1.ImageIndex, b: v1.ImageIndex) -> None:
        """Compare indexes, but not what they list (``compare.Indexes``)."""

    def layers(self, *, a: v1.Layer, b: v1.Layer) -> None:
        """Compare layers, but not their bytes (``compare.Layers``)."""
