"""Which implementation does the heavy work of ``_gostd``: the one place that chooses.

An accelerator belongs here: whoever compresses or decompresses asks this module, and what it
says is shown by ``pyggcr.engines()``.
"""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING, Protocol

from pyggcr._gostd import accelerator

if TYPE_CHECKING:
    from types import ModuleType

    from typing_extensions import Buffer

__all__ = ["Inflater", "crc32", "damage", "fast_inflater", "in_use", "inflater", "tar_walker"]


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
        """Take input, give at most ``max_length`` bytes (0: all); raise one of ``damage()``."""


@functools.cache
def _isal() -> ModuleType | None:
    """The package ``isal``, which inflates twice as fast as zlib, where it is installed."""
    try:
        from isal import isal_zlib
    except ImportError:
        return None
    return isal_zlib


def inflater() -> Inflater:
    """A decoder for one stream without header or trailer, as strict as Go's."""
    return zlib.decompressobj(-zlib.MAX_WBITS)


def fast_inflater() -> Inflater:
    """The fastest decoder there is.

    isal takes Huffman codes that leave bit patterns unused, which Go and zlib refuse. So what it
    refuses, or a checksum that is wrong, has to be looked at again with ``inflater``.
    """
    decoder: Inflater = (_isal() or zlib).decompressobj(-zlib.MAX_WBITS)
    return decoder


def damage() -> tuple[type[Exception], ...]:
    """What an ``Inflater`` raises when the stream is damaged."""
    isal = _isal()
    return (zlib.error,) if isal is None else (zlib.error, isal.error)


def crc32(data: Buffer, value: int = 0) -> int:
    """``zlib.crc32``, by whatever is fastest."""
    checksum: int = (_isal() or zlib).crc32(data, value)
    return checksum


def tar_walker() -> accelerator.Module | None:
    """What follows a tar archive (``tar.Walk``); nothing where Python has to do it itself."""
    return accelerator.load()


def in_use() -> dict[str, str]:
    """What does the work, by task, for ``EngineInfo.accelerators``."""
    return {
        "inflate": "isal" if _isal() else "zlib",
        "deflate": "python",
        "tar": "c" if tar_walker() else "python",
    }
