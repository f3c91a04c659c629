# Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
# Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""zstd streams as go-containerregistry makes them, with klauspost/compress (internal/zstd)."""

from __future__ import annotations

from pyggcr._gostd import codecs, compressor

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

__all__ = ["DEFAULT_LEVEL", "CompressedStream", "Compressor"]

# What internal/zstd's ReadCloser takes, and tarball.LayerFromOpener, whose gzip.BestSpeed it is.
DEFAULT_LEVEL = 1


class Compressor(compressor.Compressor):
    """Compresses a stream piece by piece; how it is cut does not change the result.

    >>> zstd = Compressor()
    >>> len(zstd.compress(b"hello") + zstd.flush())
    18
    """

    def __init__(self, level: int = DEFAULT_LEVEL) -> None:
        """Choose the level, in the numbers of the zstd command; every number is one.

        Up to 2 it is Go's SpeedFastest, from 3 on SpeedDefault, from 6 on SpeedBetterCompression
        and from 10 on SpeedBestCompression (``zstd.EncoderLevelFromZstd``).
        """
        super().__init__(codecs.zstd_deflater(level))


class CompressedStream(compressor.CompressedStream):
    """The zstd of a stream, made while it is read (``ReadCloserLevel``).

    Errors of the source are raised when they are met. Closing closes the source.
    """

    def __init__(self, source: io.RawIOBase, level: int = DEFAULT_LEVEL) -> None:
        super().__init__(source, Compressor(level))
