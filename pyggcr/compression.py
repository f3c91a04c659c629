"""The compression algorithms that go-containerregistry knows: pkg/compression.

And ``profile_of``: which gzip an executable that Go built writes.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip_options import Profile

__all__ = ["GZIP", "NONE", "ZSTD", "Compression", "profile_of"]


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


def profile_of(go_version: str, goarch: str, goamd64: str | None = None) -> Profile:
    """Tell the gzip profile that an executable writes, from what its build information says.

    Args:
        go_version: the release of Go that built it, such as ``go1.27.3``.
        goarch: its GOARCH, such as ``arm64``.
        goamd64: its GOAMD64, such as ``v1``; only used for ``amd64``, and no default is assumed
            there.

    Returns:
        What ``gzip_profile`` of other functions takes.

    Raises:
        UnknownProfileError: the release is older or newer than those that are known, it is no
            release, or nothing is known about the platform. There is no guess.

    >>> profile_of("go1.26.8", "arm64")
    'go1.26'
    >>> profile_of("go1.27.3", "amd64", "v3")
    'go1.27-amd64v3'
    """
    from pyggcr._gostd import gzip_profiles

    return gzip_profiles.profile_of(go_version, goarch, goamd64)
