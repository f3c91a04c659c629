"""Which gzip profile an executable writes: a table by Go version, GOARCH and GOAMD64.

Go 1.27 adds up float32 products to decide on Huffman tables. Its compiler fuses a multiplication
with an addition on most processors, but not on all, so the same release has several encoders.
Only what was compared with a real Go is in the table. CONTRIBUTING.md says how to add a row.
"""

from __future__ import annotations

import re

from pyggcr._dataclasses import dataclass
from pyggcr.errors import UnknownProfileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._gostd.gzip_options import Profile

__all__ = ["TABLE", "Row", "profile_of"]


@dataclass(frozen=True, slots=True)
class Row:
    """Releases of Go that write one profile.

    Attributes:
        first, last: the minor version and the patch; both ends belong to the range.
        platforms: GOARCH; for amd64 with GOAMD64 behind a slash.
        profile: what they write.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    platforms: frozenset[str]
    profile: Profile


_ANY_PATCH = 1 << 16

# By what the compiler of Go 1.27 fuses: nothing, what is added to a product, or that and what is
# subtracted from one. Its output was read, and what it built was run.
_FUSES_NOTHING = frozenset({"amd64/v1", "amd64/v2", "386", "arm", "mips64le", "mipsle"})
_FUSES_ADDITIONS = frozenset({"amd64/v3", "amd64/v4"})
_FUSES_ALL = frozenset({"arm64", "loong64", "ppc64", "ppc64le", "riscv64", "s390x"})

TABLE = (
    # No floating point, so the platform does not matter; no patch release touched compress/flate.
    Row((21, 0), (26, _ANY_PATCH), _FUSES_NOTHING | _FUSES_ADDITIONS | _FUSES_ALL, "go1.26"),
    # The change of golang/go 81591 may come with a patch release, so the last one is named.
    Row((27, 0), (27, 3), _FUSES_NOTHING, "go1.27"),
    Row((27, 0), (27, 3), _FUSES_ADDITIONS, "go1.27-amd64v3"),
    Row((27, 0), (27, 3), _FUSES_ALL, "go1.27-arm64"),
)

# Experiments (" X:nojsonv2", from Go 1.27 on "-X:nojsonv2") and a vendor's remark in brackets may
# follow.
_RELEASE = re.compile(r"go1\.([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:[ -]X:\S+)?(?: \(.*\))?")


def profile_of(go_version: str, goarch: str, goamd64: str | None = None) -> Profile:
    """``compression.profile_of``."""
    release = _RELEASE.fullmatch(go_version)
    if release is None:
        raise UnknownProfileError(f'unknown profile: "{go_version}" is no release of Go')
    number = (int(release[1]), int(release[2] or 0))
    platform = f"{goarch}/{goamd64 or '?'}" if goarch == "amd64" else goarch
    rows = [row for row in TABLE if row.first <= number <= row.last]
    for row in rows:
        if platform in row.platforms:
            return row.profile
    if rows:
        reason = f"nothing is known about {go_version} on {platform}"
    else:
        age = "newer" if number > max(row.last for row in TABLE) else "older"
        reason = f"{go_version} is {age} than the releases of Go that are known"
    raise UnknownProfileError(f"unknown profile: {reason}")
