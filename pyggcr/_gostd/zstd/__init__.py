"""zstd as github.com/klauspost/compress/zstd writes it, byte for byte.

Release 1.19.2, as go-containerregistry uses it: no dictionary, a checksum, and the four speeds that
its levels reach. Reading zstd is ``_layers.compression``'s business.
"""

from __future__ import annotations

from pyggcr._gostd.zstd.compressor import DEFAULT_LEVEL, CompressedStream, Compressor

__all__ = ["DEFAULT_LEVEL", "CompressedStream", "Compressor"]
