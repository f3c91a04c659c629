"""Which code does the heavy work of the standard library's mirror, for ``pyggcr.engines()``."""

from __future__ import annotations

__all__ = ["in_use"]


def in_use() -> dict[str, str]:
    """By task, what does it."""
    return {"deflate": "pure Python", "inflate": "zlib"}
