"""native/legacy says what go-containerregistry v0.18.0 was recorded to say."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[1] / "data"
RECORDED = json.loads((DATA / "golden" / "v0.18.0-go1.26.6.json").read_text())["archives"]
NO_TAG = "(no tag)"
CASES = [(archive, tag) for archive, tags in RECORDED.items() for tag in tags]


@pytest.fixture(scope="module")
def observed(legacy: ModuleType) -> dict[tuple[str, str], dict]:
    """What the program says of every recorded image, asked in one run."""
    images = [(DATA / archive, None if tag == NO_TAG else tag) for archive, tag in CASES]
    return dict(zip(CASES, legacy.observe_all(images), strict=True))


@pytest.mark.parametrize(("archive", "tag"), CASES)
def test_it_says_what_was_recorded(observed, archive, tag):
    assert observed[archive, tag] == RECORDED[archive][tag]


def test_a_file_that_is_not_there_is_an_answer(legacy, tmp_path):
    missing = tmp_path / "missing.tar"
    assert legacy.observe(missing) == {
        "open": {"error": f"open {missing}: no such file or directory"}
    }


def test_a_bad_archive_does_not_stop_the_next(legacy, tmp_path):
    garbage = tmp_path / "garbage.tar"
    garbage.write_bytes(b"garbage" * 1000)
    good = DATA / "docker/24.0.7/dup.tar"

    first, second = legacy.observe_all([(garbage, None), (good, "dup:1")])

    assert first == {"open": {"error": "archive/tar: invalid tar header"}}
    assert second == RECORDED["docker/24.0.7/dup.tar"]["dup:1"]
