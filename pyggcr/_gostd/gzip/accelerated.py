"""A stream compressed by the C accelerator (native/accelerator/gzip.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyggcr._gostd.batches import BatchStream

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
        lib = module.lib
        number = {"go1.26": lib.GZIP_GO126, "go1.27": lib.GZIP_GO127}[profile]
        super().__init__(module, "gzip", number, level)
