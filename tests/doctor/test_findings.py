"""Each code: what it is found in, and what comes near it and is well."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from support.ailing import AILING, NEAR, A, B, Hybrid, blob_links, without_layer
from support.ailing_engines import AILING_ENGINES, NEAR_ENGINES

from pyggcr.differential.generate.archives import make_tar, member
from pyggcr.doctor import CATALOGUE, diagnose

# Of registries: see test_base_check.
OF_BASES = ("PYG040", "PYG041")

FOUND = [(code, name) for code, cases in AILING.items() for name in cases]
NOT_FOUND = [(code, name) for code, cases in NEAR.items() for name in cases]


@pytest.fixture
def write(tmp_path: Path):
    """Writes an archive and gives its path."""

    def write(data: bytes) -> Path:
        path = tmp_path / "archive.tar"
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def findings(write):
    """The findings of a code in an archive, looked at as deep as can be."""

    def find(code: str, data: bytes):
        report = diagnose(write(data), deep=True)
        return [found for found in report.findings if found.code == code]

    return find


def test_every_code_has_an_archive_or_engine_that_triggers_it_and_a_near_miss():
    elsewhere = ["PYG015", "PYG029"]  # of folders; test_digests
    assert sorted([*AILING, *elsewhere, *AILING_ENGINES, *OF_BASES]) == list(CATALOGUE)
    assert sorted([*NEAR, *elsewhere, *NEAR_ENGINES, *OF_BASES]) == list(CATALOGUE)


@pytest.mark.parametrize("out", [True, False])
def test_links_among_the_blobs_of_a_layout_are_found(tmp_path, out):
    blob_links(tmp_path / "layout", out=out)

    report = diagnose(tmp_path / "layout", deep=True)

    (found,) = [found for found in report.findings if found.code == "PYG015"]
    assert report.status == "findings"
    assert "3 blobs are symbolic links" in found.message
    assert ("not followed here" in found.message) == out


def test_blobs_that_are_files_are_no_links(tmp_path):
    blob_links(tmp_path / "layout")
    assert diagnose(tmp_path / "base", deep=True).findings == ()


def test_an_image_that_lacks_a_layer_is_no_image(write):
    report = diagnose(write(without_layer()))
    assert report.exit_code == 2
    assert "no image in it is complete: blobs/sha256/" in report.checkups[0].reason


def test_an_index_that_is_a_manifest_is_called_one(write):
    document = {"schemaVersion": 2, "config": {"digest": f"sha256:{'0' * 64}"}, "layers": []}
    files = {"index.json": json.dumps(document).encode(), "oci-layout": b"{}"}
    report = diagnose(write(make_tar([member(*each) for each in files.items()])))
    assert (report.exit_code, report.findings) == (2, ())
    assert "is the manifest of an image" in report.checkups[0].reason


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ([("x", A)], "file manifest.json not found in tar"),
        ([("manifest.json", b"[]")], "tarball must contain only a single image"),
        ([("manifest.json", b"[")], "unexpected EOF"),
    ],
    ids=["no manifest.json", "an empty one", "a broken one"],
)
def test_what_holds_no_image_is_refused_with_a_text(write, members, text):
    report = diagnose(write(make_tar([member(*each) for each in members])), deep=True)
    assert report.exit_code == 2
    (found,) = report.findings
    assert (found.code, found.fails[0].text[: len(text)]) == ("PYG025", text)


def test_what_cannot_be_repaired_is_not_to_be_repaired(findings):
    (found,) = findings("PYG002", AILING["PYG002"]["nothing else"]())
    assert "cannot be repaired" in found.remedy
    (found,) = findings("PYG002", AILING["PYG002"]["saved by ID"]())
    assert "pyggcr repair" in found.remedy


@pytest.mark.parametrize(("code", "name"), FOUND)
def test_it_is_found(findings, code, name):
    found = findings(code, AILING[code][name]())
    assert found
    assert {each.severity for each in found} == {CATALOGUE[code].severity}


@pytest.mark.parametrize(("code", "name"), NOT_FOUND)
def test_it_is_not_found_in_what_comes_near(findings, code, name):
    assert findings(code, NEAR[code][name]()) == []


@pytest.mark.parametrize(("code", "name"), NOT_FOUND)
def test_what_comes_near_can_be_read(write, code, name):
    assert diagnose(write(NEAR[code][name]()), deep=True).checkups[0].reason == ""


@pytest.mark.parametrize(
    ("code", "name", "layers"),
    [
        ("PYG001", "OCI's media type", (0, 1)),
        ("PYG001", "only the second layer", (1,)),
        ("PYG004", "reversed", (0, 1)),
        ("PYG005", "plain first, long gzip", (0, 1, 2)),
        ("PYG006", "a foreign type", (1,)),
        ("PYG007", "after plain", (1,)),
        ("PYG011", "plain", (1,)),
        ("PYG014", "a cycle", (0,)),
    ],
)
def test_the_layers_are_told_by_their_numbers(findings, code, name, layers):
    (found,) = findings(code, AILING[code][name]())
    assert found.place.layers == layers


def test_the_place_has_the_archive_the_entry_and_the_tags(write):
    path = write(AILING["PYG001"]["OCI's media type"]())
    found = diagnose(path).findings[0]
    assert found.place.file == str(path)
    assert found.place.entry == "manifest.json"
    assert found.place.image == "app:1"
    assert str(found.place) == "app:1, layers 0 to 1, manifest.json"


def test_a_link_names_its_target(findings):
    (found,) = findings("PYG009", AILING["PYG009"]["a link to a link"]())
    assert found.details == (("target", "z"),)
    assert found.place.entry == "x"


def test_a_cycle_is_found_once(findings):
    assert len(findings("PYG014", AILING["PYG014"]["a cycle"]())) == 1


def test_a_blob_that_is_not_what_its_name_says_is_told_with_both_digests(findings):
    (found,) = findings("PYG010", AILING["PYG010"]["a layer"]())
    expected, actual = (hashlib.sha256(data).hexdigest() for data in (A, B))
    assert found.place.entry == f"blobs/sha256/{expected}"
    assert dict(found.details) == {"expected": f"sha256:{expected}", "actual": f"sha256:{actual}"}


def test_whole_layers_are_not_read_unless_asked_for(write):
    path = write(AILING["PYG011"]["plain"]())
    assert "PYG011" not in {found.code for found in diagnose(path).findings}


def test_a_document_is_hashed_as_it_is_read_anyway(write):
    path = write(AILING["PYG010"]["a config"]())
    assert "PYG010" in {found.code for found in diagnose(path).findings}


def test_what_is_absent_is_told_by_platform(findings):
    (found,) = findings("PYG013", AILING["PYG013"]["a platform"]())
    assert found.message == "Not in the archive: linux/arm64."


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_an_archive_says_the_same_compressed_as_a_whole(tmp_path, suffix):
    import gzip

    from pyggcr.differential.generate.archives import zstd_compress

    data = AILING["PYG005"]["plain first"]()
    packed = {"": bytes, ".gz": gzip.compress, ".zst": zstd_compress}[suffix](data)
    path = tmp_path / f"archive.tar{suffix}"
    path.write_bytes(packed)

    report = diagnose(path, deep=True, digests=True)

    whole = ["PYG026"] if suffix else []
    assert [found.code for found in report.findings] == ["PYG005", "PYG008", *whole]


def test_a_layout_in_a_folder_says_what_it_says_as_a_tar(tmp_path, write):
    hybrid = Hybrid()
    hybrid.index["manifests"] = None
    for name, content in hybrid.all_files().items():
        (tmp_path / "layout" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "layout" / name).write_bytes(content)

    in_folder, in_tar = diagnose(tmp_path / "layout"), diagnose(write(hybrid.tar()))

    assert [found.code for found in in_folder.findings] == ["PYG002"]
    assert [found.message for found in in_folder.findings] == [
        found.message for found in in_tar.findings
    ]
