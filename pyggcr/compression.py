"""The compression algorithms that go-containerregistry knows: pkg/compression.

``profile_of`` tells which gzip encoder a Go executable contains.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip_options import Profile

__all__ = ["GZIP", "NONE", "ZSTD", "Compression", "profile_of"]


class Compression(str):
    """The name of a compression algorithm (``compression.Compression``).

    Examples:
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
    """Return the gzip profile that an executable writes, by its build information.

    Args:
        go_version: the release of Go that built it, such as ``go1.27.3``.
        goarch: its GOARCH, such as ``arm64``.
        goamd64: its GOAMD64, such as ``v1``; needed for ``amd64`` and not used otherwise.

    Returns:
        A value for the argument ``gzip_profile`` of other functions.

    Raises:
        UnknownProfileError: the release is older or newer than the known ones, or malformed, or the
            platform is unknown. There is no guess.

    Examples:
        >>> profile_of("go1.26.8", "arm64")
        'go1.26'
        >>> profile_of("go1.27.3", "amd64", "v3")
        'go1.27-amd64v3'
    """
    from pyggcr._gostd import gzip_profiles

    return gzip_profiles.profile_of(go_version, goarch, goamd64)
