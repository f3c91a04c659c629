"""A zstd stream compressed by the C accelerator (native/accelerator/zstd.c)."""

from __future__ import annotations

from pyggcr._gostd.batches import BatchStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.accelerator import Module
    from pyggcr._gostd.zstd.levels import Speed

__all__ = ["AcceleratedStream"]


class AcceleratedStream(BatchStream):
    """The two halves of one stream (``codecs.Deflater``)."""

    __slots__ = ()

    def __init__(self, module: Module, speed: Speed) -> None:
        """Take the loaded accelerator.

        Raises:
            MemoryError: there is not enough.
        """
        super().__init__(module, "zstd", speed.number)
