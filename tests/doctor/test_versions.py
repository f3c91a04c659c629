"""Versions of tools and ranges of them: compared as numbers."""

from __future__ import annotations

import pytest

from pyggcr.doctor import Versions
from pyggcr.doctor.versions import EVERY, parse_version


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0.18", (0, 18)), ("v0.18.0", (0, 18, 0)), ("29", (29,)), ("1.2.3.4", (1, 2, 3, 4))],
)
def test_versions_are_numbers_between_dots(text, numbers):
    assert parse_version(text) == numbers


@pytest.mark.parametrize(
    "text", ["", "v", "0.", ".1", "0.18-rc1", "0.18 ", "x", "1.2.3.4.5", "0,18", "-1", "\u0661"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is not a version such as 0.18"):
        parse_version(text)


@pytest.mark.parametrize(
    ("versions", "inside", "outside"),
    [
        (Versions(before="0.19"), ["0.18", "0.18.9", "0.9", "0"], ["0.19", "0.19.0", "0.100", "1"]),
        (Versions(since="0.21.8"), ["0.21.8", "0.21.10", "0.22"], ["0.21.7", "0.21", "0.9.9"]),
        (Versions(since="28", before="30"), ["28", "28.5.2", "29.7"], ["27.9", "30", "30.0.0"]),
        (Versions(only="1.9.3"), ["1.9.3", "v1.9.3.0"], ["1.9", "1.9.2", "1.9.4"]),
        (EVERY, ["0", "0.18", "99"], []),
    ],
)
def test_a_range_has_its_first_version_and_not_the_one_it_ends_before(versions, inside, outside):
    assert [version for version in inside + outside if version in versions] == inside


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        (EVERY, "every version"),
        (Versions(before="0.19"), "< 0.19"),
        (Versions(since="0.22"), ">= 0.22"),
        (Versions(since="28", before="30"), ">= 28, < 30"),
        (Versions(only="1.9.3"), "1.9.3"),
    ],
)
def test_ranges_in_words(versions, text):
    assert str(versions) == text
