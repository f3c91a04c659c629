"""Which tags and repositories are meant."""

from __future__ import annotations

import pytest

from pyggcr.errors import ConfigurationError
from pyggcr.sync.filters import Names, Tags, glob, regex
from pyggcr.sync.versions import parse_range

TAGS = ["latest", "1.0.0", "v1.2.0", "1.10.0", "1.9.0-rc.1", "edge", f"sha256-{'a' * 64}.sig"]


def never(tag):
    raise AssertionError("nobody asked when it was created")


def choose(created=never, **fields):
    return Tags(**fields).choose([*TAGS, f"sha256-{'b' * 64}"], created)


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("3.*", ["3.18", "3."], ["3", "13.1"]),
        ("3.?", ["3.1"], ["3.18"]),
        ("team/*", ["team/app"], ["team/app/base", "team"]),
        ("team/**", ["team/app", "team/app/base"], ["other/app"]),
        ("****a", ["a", "b/a"], ["ab"]),
        ("v[0-9]", ["v1"], ["vx"]),
        ("v[!0-9]", ["vx"], ["v1"]),
        ("a]", ["a]"], ["a"]),
        ("a[", ["a["], ["a"]),
        ("a.b+c", ["a.b+c"], ["axb+c", "a.bbc"]),
        ("[\\]", ["\\"], ["a"]),
    ],
)
def test_globs(pattern, matches, others):
    compiled = glob(pattern)
    assert [it for it in (*matches, *others) if compiled.fullmatch(it)] == matches


@pytest.mark.parametrize(("made", "text"), [(regex, "("), (regex, "a" * 300), (glob, "[z-a]")])
def test_what_is_no_pattern(made, text):
    with pytest.raises(ConfigurationError):
        made(text)


def test_tags_of_digests_are_never_meant():
    assert choose() == sorted(TAGS[:-1])


def test_all_conditions_hold():
    names = Names((glob("*.*.*"),), (glob("*-rc*"),), (regex("[0-9.]+|v.*"),))
    assert choose(names=names) == ["1.0.0", "1.10.0", "v1.2.0"]


def test_a_range_leaves_out_what_is_no_version():
    assert choose(versions=parse_range("^1.1")) == ["1.10.0", "v1.2.0"]
    assert choose(versions=parse_range("^1.1"), prereleases=True) == [
        "1.10.0",
        "1.9.0-rc.1",
        "v1.2.0",
    ]


def test_the_newest_by_version_are_not_the_last_by_name():
    assert choose(newest=2) == ["1.10.0", "v1.2.0"]
    assert choose(newest=2, prereleases=True) == ["1.10.0", "1.9.0-rc.1"]
    assert choose(newest=99) == ["1.10.0", "v1.2.0", "1.0.0"]
    assert choose(newest=1, versions=parse_range(">=1.9.0-0 <1.10")) == ["1.9.0-rc.1"]


def test_the_newest_by_creation_are_asked_for_after_all_other_conditions():
    asked = []

    def created(tag):
        asked.append(tag)
        return {"latest": (5, 0), "edge": (5, 1)}[tag]

    names = Names((glob("*e*"),))
    assert choose(created, names=names, newest=1, by_creation=True) == ["edge"]
    assert set(asked) == {"latest", "edge"}
