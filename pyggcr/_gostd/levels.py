"""The compression levels that Go's compress/gzip has names for.

Those between the last two trade speed for size. What is here is on its own so that it can be
named without an encoder being imported.
"""

from __future__ import annotations

__all__ = [
    "BEST_COMPRESSION",
    "BEST_SPEED",
    "DEFAULT_COMPRESSION",
    "HUFFMAN_ONLY",
    "NO_COMPRESSION",
]

HUFFMAN_ONLY = -2
DEFAULT_COMPRESSION = -1
NO_COMPRESSION = 0
BEST_SPEED = 1
BEST_COMPRESSION = 9
