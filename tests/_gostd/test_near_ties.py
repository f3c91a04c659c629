"""Layers on which the classes of Go 1.27's estimate decide differently, by a bit."""

from __future__ import annotations

import hashlib
import itertools
import random
import shutil
import subprocess
from fractions import Fraction

import pytest
from support.near_ties import (
    ACCELERATOR,
    CLASSES,
    SELFTEST,
    SOURCE,
    build_crane,
    compress,
    crane_digest,
    docker_archive,
    edited,
    recorded,
)

from pyggcr import tarball
from pyggcr._gostd import accelerator, codecs
from pyggcr._gostd.gzip import PROFILES
from pyggcr._gostd.gzip.estimate import fused

FUSED = SOURCE.with_name("fused.c")
ROWS = recorded()
# One for each class that is alone.
SOME = [next(row for row in ROWS if row["alone"] == name) for name in CLASSES]


def digest(row, profile: str) -> str:
    return hashlib.sha256(compress(profile, edited(row["seed"], row["digits"]))).hexdigest()


def name_of(row) -> str:
    return f"{row['alone']} alone, {row['seed']}"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_accelerator_writes_what_each_build_of_go_writes(row, require):
    if accelerator.load() is None:
        require("accelerator", accelerator.why_missing())
    with codecs.use_deflater("accelerator"):
        written = {profile: digest(row, profile) for profile in PROFILES}
    assert written == {profile: row["gzip"][profile]["sha256"] for profile in PROFILES}


def by_python(row) -> None:
    with codecs.use_deflater("python"):
        written = {profile: digest(row, profile) for profile in CLASSES}
    assert written == {profile: row["gzip"][profile]["sha256"] for profile in CLASSES}


@pytest.mark.parametrize("row", SOME, ids=name_of)
def test_python_writes_what_each_build_of_go_writes(row):
    by_python(row)


@pytest.mark.full
@pytest.mark.parametrize("row", [row for row in ROWS if row not in SOME], ids=name_of)
def test_python_writes_what_each_build_of_go_writes_elsewhere(row):
    by_python(row)


@pytest.mark.parametrize("pair", list(itertools.combinations(CLASSES, 2)), ids=" and ".join)
def test_at_least_five_tell_each_pair_apart(pair):
    one, other = pair
    apart = [row for row in ROWS if row["gzip"][one] != row["gzip"][other]]
    assert len(apart) >= 5


def test_who_is_alone_is_who_differs_from_both_others():
    for row in ROWS:
        sums = {name: row["gzip"][name]["sha256"] for name in CLASSES}
        lonely = [name for name in CLASSES if list(sums.values()).count(sums[name]) == 1]
        assert lonely == [row["alone"]]


def test_the_build_compares_with_what_was_recorded():
    rows = {row["seed"]: row for row in ROWS}
    builds = {"go1.27": 127, "go1.27-amd64v3": 12703, "go1.27-arm64": 12764}
    for seed, compared in SELFTEST.NEAR_TIES.items():
        recorded_digits = {int(place): int(it) for place, it in rows[seed]["digits"].items()}
        sums = {number: rows[seed]["gzip"][name]["sha256"] for name, number in builds.items()}
        assert compared == {"digits": recorded_digits, "gzip": sums}
    apart = [set(compared["gzip"].values()) for compared in SELFTEST.NEAR_TIES.values()]
    assert [len(sums) for sums in apart] == [2, 2]


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_digest_of_the_archive_is_that_of_each_build_of_crane(row, tmp_path):
    path = tmp_path / "logs.tar"
    path.write_bytes(docker_archive(edited(row["seed"], row["digits"])))
    digests = {}
    for profile in PROFILES:
        with tarball.image_from_path(path, engine="python", gzip_profile=profile) as image:
            digests[profile] = str(image.digest())
    assert digests == row["crane"]


@pytest.mark.full
@pytest.mark.parametrize("profile", PROFILES)
def test_a_build_of_crane(profile, tmp_path):
    try:
        crane = build_crane(profile, tmp_path)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"there is no Go to build crane with for {profile}")
    if len(crane) > 1 and shutil.which(crane[0]) is None:
        pytest.skip(f"there is no {crane[0]}")
    for row in ROWS:
        assert crane_digest(crane, edited(row["seed"], row["digits"])) == row["crane"][profile]


def nearest_float32(exact: Fraction) -> Fraction:
    """The float32 that is nearest, the even one of two; not for tiny or huge numbers."""
    exponent = 0
    while abs(exact) * Fraction(2) ** -exponent >= 2:
        exponent += 1
    while exact and abs(exact) * Fraction(2) ** -exponent < 1:
        exponent -= 1
    unit = Fraction(2) ** (exponent - 23)
    return round(exact / unit) * unit


def a_float32(rng: random.Random) -> float:
    return rng.choice((-1, 1)) * rng.randrange(1 << 23, 1 << 24) * 2.0 ** rng.randrange(-32, -10)


def test_fused_operations_are_rounded_once():
    rng = random.Random(1)
    for _ in range(3000):
        x, y, z = (a_float32(rng) for _ in range(3))
        exact = Fraction(x) * Fraction(y) + Fraction(z)
        assert Fraction(fused(x, y, z)) == nearest_float32(exact)


def test_fused_operations_where_rounding_twice_is_wrong():
    rng = random.Random(2)
    twice_is_wrong = 0
    for _ in range(2000):
        # The sum lies beside the middle between two float32, by less than a double shows.
        off = 2.0 ** -rng.randrange(15, 24) * rng.choice((-1, 1))
        x, y = 1.0 + off, 2.0**-24 * (1.0 - off)
        z = 1.0 + rng.randrange(1 << 12) * 2.0**-23
        exact = Fraction(x) * Fraction(y) + Fraction(z)
        assert Fraction(fused(x, y, z)) == nearest_float32(exact)
        twice_is_wrong += nearest_float32(Fraction(x * y + z)) != nearest_float32(exact)
    assert twice_is_wrong > 500


def test_the_accelerator_fuses_exactly_where_the_processor_cannot(tmp_path, require):
    compiler = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    if compiler is None:
        require("accelerator", "there is no C compiler")
    program = str(tmp_path / "fused")
    options = ["-std=gnu11", "-O2", "-ffp-contract=off", f"-I{ACCELERATOR}", "-o", program]
    parts = [ACCELERATOR / "content.c", ACCELERATOR / "processor.c", "-lm"]
    subprocess.run([compiler, *options, FUSED, *parts], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    wrong, twice_is_wrong = map(int, done.stdout.split())
    assert wrong == 0
    assert twice_is_wrong > 500
