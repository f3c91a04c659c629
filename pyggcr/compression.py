"""The compression algorithms that go-containerregistry knows: pkg/compression."""

from __future__ import annotations

__all__ = ["GZIP", "NONE", "ZSTD", "Compression"]


class Compression(str):
    """A compression algorithm: Go's string of the same type (``compression.Compression``).

    >>> Compression("gzip") == GZIP == "gzip"
    True
    """

    __slots__ = ()

    NONE: Compression
    GZIP: Compression
    ZSTD: Compression


NONE = Compression.NONE = Compression("none")
GZIP = Compression.GZIP = Compression("gzip")
ZSTD = Compression.ZSTD = Compression("zstd")
