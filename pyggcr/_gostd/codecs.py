"""Which implementation does the heavy work of ``_gostd``: the one place that chooses.

An accelerator belongs here: whoever compresses or decompresses asks this module, and what it
says is shown by ``pyggcr.engines()``.
"""

from __future__ import annotations

import zlib
from typing import Protocol

__all__ = ["Inflater", "in_use", "inflater"]


class Inflater(Protocol):
    """Decodes one raw DEFLATE stream, as ``zlib.decompressobj`` does."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unconsumed_tail(self) -> bytes:
        """What was given but waits, since the output was full."""

    @property
    def unused_data(self) -> bytes:
        """What was given and lies behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        """Take input, give at most ``max_length`` bytes (0: all); ``zlib.error`` on damage."""


def inflater() -> Inflater:
    """A decoder for one stream without header or trailer (a window of 32 KiB)."""
    return zlib.decompressobj(-zlib.MAX_WBITS)


def in_use() -> dict[str, str]:
    """What does the work, by task, for ``EngineInfo.accelerators``."""
    return {"inflate": "zlib", "deflate": "python"}
