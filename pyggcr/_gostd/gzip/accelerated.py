"""A stream compressed by the C accelerator (native/accelerator/gzip.c)."""

from __future__ import annotations

from pyggcr._gostd.batches import BatchStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.accelerator import Module

__all__ = ["AcceleratedStream"]


class AcceleratedStream(BatchStream):
    """The two halves of one stream (``codecs.Deflater``)."""

    __slots__ = ()

    def __init__(self, module: Module, profile: str, level: int) -> None:
        """Take the loaded accelerator, and a profile and a level that exist.

        Raises:
            MemoryError: there is not enough.
        """
        # go1.27-arm64 is GZIP_GO127_ARM64.
        constant = "GZIP_" + profile.replace(".", "").replace("-", "_").upper()
        super().__init__(module, "gzip", getattr(module.lib, constant), level)
