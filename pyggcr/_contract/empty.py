"""pkg/v1/empty: an image and an index with nothing in them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
else:
    from pyggcr._typing import Protocol

__all__ = ["EmptyEngine"]


class EmptyEngine(Protocol):
    """What an engine begins with when it makes an image or an index from nothing."""

    def image(self) -> v1.Image:
        """Return an image without layers (``empty.Image``)."""

    def index(self) -> v1.ImageIndex:
        """Return an index without entries (``empty.Index``)."""
