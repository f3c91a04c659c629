"""What can be chosen of Go's compress/gzip: the level, and the profile, whose bytes to write.

A profile is the set of encoders that some of Go's releases have, on some platforms. What is here is
on its own so that it can be named and checked without an encoder being imported.
"""

from __future__ import annotations

from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal
else:
    from pyggcr._typing import Literal


__all__ = [
    "BEST_COMPRESSION",
    "BEST_SPEED",
    "DEFAULT_COMPRESSION",
    "HUFFMAN_ONLY",
    "NO_COMPRESSION",
    "PROFILES",
    "Profile",
    "check_int64",
    "check_level",
    "check_profile",
]

# The levels that have names; those between the last two trade speed for size.
HUFFMAN_ONLY = -2
DEFAULT_COMPRESSION = -1
NO_COMPRESSION = 0
BEST_SPEED = 1
BEST_COMPRESSION = 9

# gzip_profiles says which executables write them.
Profile = Literal["go1.26", "go1.27", "go1.27-amd64v3", "go1.27-arm64"]
PROFILES: tuple[Profile, ...] = ("go1.26", "go1.27", "go1.27-amd64v3", "go1.27-arm64")


def check_int64(level: int) -> int:
    """The level, if Go has numbers as large; for what hands it to Go, which refuses the rest."""
    if not -(1 << 63) <= level < 1 << 63:
        raise UnsupportedOptionError(f"gzip: invalid compression level: {level}")
    return level


def check_level(level: int) -> None:
    """Refuse a level that does not exist (``UnsupportedOptionError``, with Go's text)."""
    if not HUFFMAN_ONLY <= level <= BEST_COMPRESSION:
        raise UnsupportedOptionError(f"gzip: invalid compression level: {level}")


def check_profile(profile: str) -> None:
    """Refuse a profile that does not exist (``UnsupportedOptionError``)."""
    if profile not in PROFILES:
        raise UnsupportedOptionError(
            f'there is no gzip profile "{profile}": choose {" or ".join(PROFILES)}'
        )
