"""pkg/v1/stream: layers over streams that are read once."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Protocol

    from pyggcr._values.stream import Layer
    from pyggcr.types import MediaType
else:
    from pyggcr._typing import Protocol

__all__ = ["StreamEngine"]


class StreamEngine(Protocol):
    """What an engine makes of streams. ``gzip_profile`` is as in ``TarballEngine``."""

    def new_layer(
        self,
        *,
        stream: BinaryIO,
        compression_level: int,
        media_type: MediaType,
        gzip_profile: str,
    ) -> Layer:
        """Make a layer of a stream; nothing is read yet (``stream.NewLayer``)."""
