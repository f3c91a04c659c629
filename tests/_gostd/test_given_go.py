"""The table of gzip profiles holds for a given Go: that of PYGGCR_GO, else the one on PATH.

PYGGCR_GO is the path of a ``go`` command, or the name of a toolchain, such as ``go1.27.3``; GOARCH
and GOAMD64 say what to build for. CONTRIBUTING.md says what to do when a Go has no profile yet.
"""

from __future__ import annotations

import os
import shutil

import pytest
from support.gzip_fuzz import LEVELS, GoGzip, build_of, differs, given_go, made_input
from support.near_ties import compress, edited, recorded

from pyggcr._gostd.gzip import PROFILES
from pyggcr.compression import profile_of
from pyggcr.errors import UnknownProfileError


@pytest.fixture(scope="module")
def go(require):
    """What GoGzip needs to build with the Go that is given."""
    if shutil.which("go") is None and "PYGGCR_GO" not in os.environ:
        require("go", "there is no Go on PATH")
    return given_go()


@pytest.fixture
def profile(go, require):
    try:
        return profile_of(*build_of(go))
    except UnknownProfileError as error:
        if "PYGGCR_GO" in os.environ:
            raise
        require("go", str(error))


def test_at_best_speed_its_profile_and_no_other_is_what_it_writes(go, require):
    inputs = [edited(row["seed"], row["digits"]) for row in recorded()]
    inputs += [made_input(seed, 100_000) for seed in range(40)]
    with GoGzip(1, platform=go) as worker:
        written = [worker.gzip(data) for data in inputs]
    equal = {
        profile: sum(map(lambda data, it: compress(profile, data) == it, inputs, written))
        for profile in PROFILES
    }
    exact = [profile for profile, number in equal.items() if number == len(inputs)]
    try:
        expected = [profile_of(*build_of(go))]
    except UnknownProfileError as error:
        if "PYGGCR_GO" not in os.environ:
            require("go", str(error))
        pytest.fail(f"{error}; of {len(inputs)} inputs each profile writes as this Go: {equal}")
    assert exact == expected, equal


@pytest.mark.parametrize("level", LEVELS)
def test_at_every_level(go, profile, level):
    with GoGzip(level, platform=go) as worker:
        found = [
            seed
            for seed in range(12)
            if differs(worker, profile, level, made_input(seed, 100_000), seed, 1)
        ]
    assert found == []
