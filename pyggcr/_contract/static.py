"""pkg/v1/static: layers made of bytes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from pyggcr import v1
    from pyggcr.types import MediaType
else:
    from pyggcr._typing import Protocol

__all__ = ["StaticEngine"]


class StaticEngine(Protocol):
    """What an engine makes of bytes that are at hand."""

    def new_layer(self, *, content: bytes, media_type: MediaType) -> v1.Layer:
        """Make a layer of bytes as they are (``static.NewLayer``)."""
