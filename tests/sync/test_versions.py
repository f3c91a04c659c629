"""Versions and ranges: semver.org's order, and what tags make of it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr.errors import ConfigurationError
from pyggcr.sync.versions import Version, parse_range, parse_version

# The example of semver.org, section 11.
ORDER = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "2.1.10",
]


@pytest.mark.parametrize(("lower", "higher"), [*itertools.pairwise(ORDER)])
def test_the_order_is_that_of_semver(lower, higher):
    assert parse_version(lower) < parse_version(higher)
    assert parse_version(higher) > parse_version(lower)


@pytest.mark.parametrize(
    ("text", "release", "prerelease"),
    [
        ("1.2.3", (1, 2, 3), ()),
        ("v1.2.3", (1, 2, 3), ()),
        ("V1.2", (1, 2, 0), ()),
        ("3", (3, 0, 0), ()),
        ("22.04", (22, 4, 0), ()),
        ("1.2.3-rc.1", (1, 2, 3), ("rc", "1")),
        ("1.2.3-rc-1.x", (1, 2, 3), ("rc-1", "x")),
        ("1.2.3+build.5", (1, 2, 3), ()),
        ("1.2.3_build.5", (1, 2, 3), ()),
        ("1.2.3-rc.1+build", (1, 2, 3), ("rc", "1")),
        ("1.2-alpine", (1, 2, 0), ("alpine",)),
    ],
)
def test_what_is_a_version(text, release, prerelease):
    assert parse_version(text) == Version(release, prerelease)


@pytest.mark.parametrize(
    "text",
    [
        *("", "v", "latest", "1.", "1.2.3.4", "1.2.3-", "1.2.3-rc..1", "1.2.3+", "-1", "1.2.3 "),
        *("x1", "1" * 19, "1.2.3-" + "a" * 300, "\u0661.2.3"),
    ],
)
def test_what_is_none(text):
    assert parse_version(text) is None


def test_what_was_built_of_the_same_is_equal():
    assert parse_version("1.0.0+a") == parse_version("v1.0.0_b")


TAGS = [
    "1.1.9",
    "1.2.0-rc.1",
    "1.2.0",
    "v1.2.9",
    "1.3.0",
    "1.9.9",
    "2.0.0-alpha",
    "2.0.0",
    "2.1.0",
    "3.0.0",
    "0.2.3",
    "0.2.9",
    "0.3.0",
]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (">=1.2 <2", "1.2.0 v1.2.9 1.3.0 1.9.9"),
        (">=1.2, <2.0.0", "1.2.0 v1.2.9 1.3.0 1.9.9"),
        ("^1.2", "1.2.0 v1.2.9 1.3.0 1.9.9"),
        ("^0.2.3", "0.2.3 0.2.9"),
        ("^0", "0.2.3 0.2.9 0.3.0"),
        ("~1.2.1", "v1.2.9"),
        ("~1", "1.1.9 1.2.0 v1.2.9 1.3.0 1.9.9"),
        ("1.2.x", "1.2.0 v1.2.9"),
        ("1.2", "1.2.0 v1.2.9"),
        ("=1.2.0", "1.2.0"),
        ("v1.2.0", "1.2.0"),
        ("1.2 - 1.3", "1.2.0 v1.2.9 1.3.0"),
        (">1.2 <=2", "1.3.0 1.9.9 2.0.0 2.1.0"),
        ("*  !=1.3.0 >=1.3 <3", "1.9.9 2.0.0 2.1.0"),
        ("3 || 0.3", "3.0.0 0.3.0"),
        (">=1.2.0-rc.0 <1.3", "1.2.0-rc.1 1.2.0 v1.2.9"),
        (">=2.0.0-alpha", "2.0.0-alpha 2.0.0 2.1.0 3.0.0"),
    ],
)
def test_ranges(text, allowed):
    found = parse_range(text)
    assert [it for it in TAGS if found.allows(parse_version(it))] == allowed.split()


def test_prereleases_only_if_they_are_asked_for_and_never_those_of_the_end():
    found = parse_range("^1.2")
    assert not found.allows(parse_version("1.3.0-rc.1"))
    assert found.allows(parse_version("1.3.0-rc.1"), prereleases=True)
    for text in ("^1.2", "<2", "1.x", "<=1", "1.0 - 1"):
        assert not parse_range(text).allows(parse_version("2.0.0-alpha"), prereleases=True), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "latest",
        ">=",
        ">=1 ||",
        "<*",
        ">x",
        "!=1.2",
        "1.2.3.4",
        ">>1",
        "1.2-rc",
        "a - b",
        "x" * 300,
    ],
)
def test_what_is_no_range(text):
    with pytest.raises(ConfigurationError):
        parse_range(text)


@given(st.text(alphabet="0123456789.xX*<>=!^~|-+ v,a", max_size=40))
def test_any_text_is_a_range_or_an_error(text):
    try:
        found = parse_range(text)
    except ConfigurationError:
        return
    assert found.allows(parse_version("1.0.0")) in (True, False)
