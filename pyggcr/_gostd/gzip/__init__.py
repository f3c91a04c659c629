"""gzip as Go's compress/gzip writes and reads it, byte for byte.

``compressor`` makes streams with the encoder of a profile (go126, go127: the two that Go's
releases have), ``reader`` undoes gzip with Go's errors. Both work on streams of any length.
"""

from __future__ import annotations

from pyggcr._gostd.gzip.compressor import Batch, CompressedStream, Compressor
from pyggcr._gostd.gzip.reader import Reader
from pyggcr._gostd.gzip_options import BEST_SPEED, PROFILES

__all__ = [
    "BEST_SPEED",
    "PROFILES",
    "Batch",
    "CompressedStream",
    "Compressor",
    "Reader",
]
