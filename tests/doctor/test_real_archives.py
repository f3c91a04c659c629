"""The findings in every real archive, against a table made from what is known of the engines.

How each row follows (tests/data/docker/README.md, and the table of engines in docs/doctor.md):

* 24.0.7 stores layers plain, so each image's digest depends on Go (PYG008). A layer that occurs
  twice is a link (PYG009): dup:1 has one, alone and in multi. There is no index.json.
* 25.0.2 adds LayerSources for each layer (PYG001), and index.json: null when saved by ID (PYG002,
  app-id), without the untagged image that is saved along with a tagged one (PYG003, mixed).
* 28.5.2 with a graph driver is the same without the null.
* The containerd store writes gzip layers: nothing to find. But what was loaded from 25.0.2 stays
  plain (PYG008), and what was loaded from 24.0.7 into a store that had some of its layers is mixed
  (PYG005): with app:1 it had the first one, so go-containerregistry takes all for compressed; with
  dup:1 the first is plain, as its "undersized layer[1]" tells: its digest depends on Go (PYG008).
* multiplatform has both platforms, with their attestations: nothing is absent.

Images are counted: in multi three, in mixed two, each with its own PYG001 and PYG008.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from pyggcr.doctor import diagnose

DATA = Path(__file__).parents[1] / "data"
NO_TAG = "(no tag)"

# Codes by archive; a code as often as it is found.
TABLE = {
    "24.0.7/app-id": "8",
    "24.0.7/app-tag": "8",
    "24.0.7/dup": "8 9",
    "24.0.7/mixed": "8 8",
    "24.0.7/multi": "8 8 8 9",
    "24.0.7/twotags": "8",
    "24.0.7/whiteout": "8",
    "25.0.2/app-id": "1 2 8",
    "25.0.2/app-tag": "1 8",
    "25.0.2/buildkit": "1 8",
    "25.0.2/buildkit-dup": "1 8",
    "25.0.2/dup": "1 8",
    "25.0.2/mixed": "1 1 3 8 8",
    "25.0.2/multi": "1 1 1 8 8 8",
    "25.0.2/twotags": "1 8",
    "25.0.2/whiteout": "1 8",
    "28.5.2/app-id": "1 8",
    "28.5.2/app-tag": "1 8",
    "28.5.2/buildkit": "1 8",
    "28.5.2/buildkit-dup": "1 8",
    "28.5.2/dup": "1 8",
    "28.5.2/mixed": "1 1 3 8 8",
    "28.5.2/multi": "1 1 1 8 8 8",
    "28.5.2/twotags": "1 8",
    "28.5.2/whiteout": "1 8",
    "28.5.2-containerd-store/app-id": "",
    "28.5.2-containerd-store/app-loaded-from-24": "5",
    "28.5.2-containerd-store/app-tag": "",
    "28.5.2-containerd-store/buildkit": "",
    "28.5.2-containerd-store/buildkit-dup": "",
    "28.5.2-containerd-store/dup-collapsed": "",
    "28.5.2-containerd-store/dup-loaded-from-24": "5 8",
    "28.5.2-containerd-store/dup-loaded-from-25": "8",
    "28.5.2-containerd-store/mixed": "",
    "28.5.2-containerd-store/multi": "",
    "28.5.2-containerd-store/multiplatform": "",
    "28.5.2-containerd-store/multiplatform-arm64": "",
    "28.5.2-containerd-store/twotags": "",
    "28.5.2-containerd-store/whiteout": "",
}


def recorded(name: str) -> dict:
    """What a version of go-containerregistry was recorded to say, by archive and tag."""
    return json.loads((DATA / "golden" / f"{name}.json").read_text())["archives"]


OLD = recorded("v0.18.0-go1.26.6")
NEW = recorded("head-go1.26.6")
NEW_BY_GO_127 = recorded("head-go1.27.3")
IMAGES = [
    (archive, tag)
    for archive, tags in NEW.items()
    for tag, observation in tags.items()
    if "open" not in observation
]


def test_the_table_has_every_archive(archives):
    folder = DATA / "docker"
    assert sorted(TABLE) == sorted(
        str(path.relative_to(folder).with_suffix("")) for path in archives
    )


@pytest.mark.parametrize("deep", [False, True], ids=["", "deep"])
@pytest.mark.parametrize("archive", TABLE)
def test_the_findings_are_those_of_the_table(docker, archive, deep):
    report = diagnose(docker / f"{archive}.tar", deep=deep)
    assert report.checkups[0].reason == ""
    expected = Counter(f"PYG{int(number):03}" for number in TABLE[archive].split())
    assert Counter(found.code for found in report.findings) == expected


def codes(archive: str, tag: str) -> set[str]:
    """The codes of one image, and of what is not about an image."""
    findings = diagnose(DATA / archive).findings
    return {
        found.code
        for found in findings
        if tag == NO_TAG or not found.place.image or tag in found.place.image.split(", ")
    }


@pytest.mark.parametrize(("archive", "tag"), IMAGES)
def test_pyg001_is_where_only_the_old_library_was_recorded_to_fail(archive, tag):
    failed = OLD[archive][tag]["validate"] != "ok" and NEW[archive][tag]["validate"] == "ok"
    assert ("PYG001" in codes(archive, tag)) == failed


@pytest.mark.parametrize(("archive", "tag"), IMAGES)
def test_pyg005_is_where_the_newest_library_was_recorded_to_fail(archive, tag):
    assert ("PYG005" in codes(archive, tag)) == (NEW[archive][tag]["validate"] != "ok")


@pytest.mark.parametrize(("archive", "tag"), IMAGES)
def test_pyg008_is_where_two_releases_of_go_were_recorded_to_differ(archive, tag):
    differ = NEW[archive][tag]["digest"] != NEW_BY_GO_127[archive][tag]["digest"]
    assert ("PYG008" in codes(archive, tag)) == differ


@pytest.mark.parametrize(("archive", "tag"), IMAGES)
def test_both_digests_are_those_that_were_recorded(archive, tag):
    found = [
        found
        for found in diagnose(DATA / archive, digests=True).findings
        if found.code == "PYG008" and (tag == NO_TAG or tag in found.place.image.split(", "))
    ]
    expected = {
        "go1.26": NEW[archive][tag]["digest"],
        "go1.27": NEW_BY_GO_127[archive][tag]["digest"],
    }
    if expected["go1.26"] == expected["go1.27"]:
        assert found == []
    else:
        assert [dict(each.details) for each in found] == [expected]


def test_images_without_a_tag_among_others_have_digests_too(docker):
    report = diagnose(docker / "25.0.2/mixed.tar", digests=True)
    digests = [dict(found.details) for found in report.findings if found.code == "PYG008"]
    assert [sorted(each) for each in digests] == [["go1.26", "go1.27"]] * 2


def test_a_folder_of_archives_is_one_report(docker):
    report = diagnose(docker)
    assert len(report.checkups) == 39
    assert [checkup.path for checkup in report.checkups] == sorted(map(str, docker.rglob("*.tar")))
    assert report.status == "findings"
