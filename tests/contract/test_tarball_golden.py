"""Both engines say of real archives what go-containerregistry was recorded to say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pyggcr
from pyggcr import differential

DATA = Path(__file__).parents[1] / "data"
NO_TAG = "(no tag)"


def golden(name: str) -> dict:
    """The recorded observations of one version, by archive and tag."""
    return json.loads((DATA / "golden" / f"{name}.json").read_text())["archives"]


CASES = [(archive, tag) for archive, tags in golden("head-go1.26.6").items() for tag in tags]


def observed(archive: str, tag: str, **options: str) -> dict:
    """What an engine says of an image now, in the form of the recordings."""
    return differential.observe_path(
        DATA / archive, None if tag == NO_TAG else tag, **options
    ).to_json()


def test_there_are_39_archives():
    assert len({archive for archive, _ in CASES}) == 39


@pytest.mark.parametrize(("archive", "tag"), CASES)
@pytest.mark.parametrize(
    ("profile", "recording"), [("go1.26", "head-go1.26.6"), ("go1.27", "head-go1.27.3")]
)
def test_the_python_engine_equals_the_newest_library(archive, tag, profile, recording):
    seen = observed(archive, tag, engine="python", gzip_profile=profile)
    assert seen == golden(recording)[archive][tag]


@pytest.mark.parametrize(("archive", "tag"), CASES)
def test_trusted_layer_sources_give_what_v0_18_gave(archive, tag):
    seen = observed(archive, tag, engine="python", gzip_profile="go1.26", layer_sources="trusted")
    assert seen == golden("v0.18.0-go1.26.6")[archive][tag]


@pytest.mark.parametrize(("archive", "tag"), CASES)
def test_the_go_engine_equals_the_recording_of_its_own_go(archive, tag, go_engine):
    # On none of these archives the platforms of a release differ.
    profile = pyggcr.engines()["go"].gzip_profile.partition("-")[0]
    recording = {"go1.26": "head-go1.26.6", "go1.27": "head-go1.27.3"}[profile]
    assert observed(archive, tag, engine="go") == golden(recording)[archive][tag]
