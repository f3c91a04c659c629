"""Which gzip profile an executable writes, by its Go version, GOARCH and GOAMD64."""

from __future__ import annotations

import pytest

from pyggcr import errors
from pyggcr._gostd.gzip_options import PROFILES
from pyggcr._gostd.gzip_profiles import TABLE
from pyggcr.compression import profile_of


@pytest.mark.parametrize(
    ("build", "profile"),
    [
        (("go1.21.0", "amd64", "v1"), "go1.26"),
        (("go1.26.8", "amd64", "v3"), "go1.26"),
        (("go1.26.99", "arm64"), "go1.26"),
        (("go1.22.5 (Red Hat 1.22.5-1.el9)", "amd64", "v1"), "go1.26"),
        (("go1.27.0", "amd64", "v1"), "go1.27"),
        (("go1.27.3", "amd64", "v2"), "go1.27"),
        (("go1.27.3 X:nojsonv2", "amd64", "v1"), "go1.27"),
        (("go1.27.3-X:nojsonv2", "amd64", "v3"), "go1.27-amd64v3"),
        (("go1.27.3", "amd64", "v3"), "go1.27-amd64v3"),
        (("go1.27.3", "amd64", "v4"), "go1.27-amd64v3"),
        (("go1.27.3", "arm64"), "go1.27-arm64"),
        (("go1.27.3", "s390x", ""), "go1.27-arm64"),
        (("go1.27.3", "386"), "go1.27"),
        (("go1.26.8", "ppc64le"), "go1.26"),
        (("go1.27.3", "arm64", "v3"), "go1.27-arm64"),
    ],
)
def test_known(build, profile):
    assert profile_of(*build) == profile


NEWER = "is newer than the releases of Go that are known"
OLDER = "is older than the releases of Go that are known"


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (("go1.28.0", "amd64", "v1"), f"go1.28.0 {NEWER}"),
        (("go1.27.4", "amd64", "v1"), f"go1.27.4 {NEWER}"),
        (("go1.20.14", "amd64", "v1"), f"go1.20.14 {OLDER}"),
        (("go1.27rc1", "amd64", "v1"), '"go1.27rc1" is no release of Go'),
        (("devel go1.28-3f3c2a1", "amd64", "v1"), '"devel go1.28-3f3c2a1" is no release of Go'),
        (("go1.26.8-custom", "amd64", "v1"), '"go1.26.8-custom" is no release of Go'),
        (("", "amd64", "v1"), '"" is no release of Go'),
        (("go1.27.3", "amd64"), "nothing is known about go1.27.3 on amd64/?"),
        (("go1.27.3", "amd64", "v5"), "nothing is known about go1.27.3 on amd64/v5"),
        (("go1.27.3", "wasm"), "nothing is known about go1.27.3 on wasm"),
        (("go1.26.8", "wasm"), "nothing is known about go1.26.8 on wasm"),
    ],
)
def test_unknown(build, reason):
    with pytest.raises(errors.UnknownProfileError) as caught:
        profile_of(*build)
    assert str(caught.value) == f"unknown profile: {reason}"


def test_no_release_and_platform_has_two_profiles():
    for number, row in enumerate(TABLE):
        assert row.first <= row.last
        assert row.profile in PROFILES
        for other in TABLE[:number]:
            apart = row.first > other.last or other.first > row.last
            assert apart or not row.platforms & other.platforms
