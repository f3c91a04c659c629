# Copyright 2009 The Go Authors. All rights reserved.
# Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES.

"""gzip streams as Go's gzip.Writer makes them, with the encoder of a profile and a level."""

from __future__ import annotations

from pyggcr._gostd import codecs, compressor
from pyggcr._gostd.compressor import Batch
from pyggcr._gostd.gzip_options import BEST_SPEED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io

__all__ = ["Batch", "CompressedStream", "Compressor"]


class Compressor(compressor.Compressor):
    """Compresses a stream piece by piece; how it is cut does not change the result.

    >>> gzip = Compressor("go1.26")
    >>> len(gzip.compress(b"hello") + gzip.flush())
    33
    """

    def __init__(self, profile: str, level: int = BEST_SPEED) -> None:
        """Choose the encoder by its profile and by Go's level, -2 to 9.

        Raises:
            UnsupportedOptionError: there is no such profile, or no such level; the text of the
                latter is Go's.
        """
        super().__init__(codecs.deflater(profile, level))


class CompressedStream(compressor.CompressedStream):
    """The gzip of a stream, made while it is read (internal/gzip's ReadCloser).

    Errors of the source are raised when they are met. Closing closes the source.
    """

    def __init__(self, source: io.RawIOBase, profile: str, level: int = BEST_SPEED) -> None:
        super().__init__(source, Compressor(profile, level))
