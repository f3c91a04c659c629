"""Reports: status, exit code, severities as a version of a tool sees them, JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.ailing import AILING

from pyggcr.doctor import CATALOGUE, Checkup, Place, Report, diagnose

GGCR = "go-containerregistry"


@pytest.fixture
def report(tmp_path):
    """The report of an archive of support.ailing."""

    def make(code: str, name: str) -> Report:
        path = tmp_path / "archive.tar"
        path.write_bytes(AILING[code][name]())
        return diagnose(path, deep=True)

    return make


def severities(report: Report) -> dict[str, str]:
    return {found.code: found.severity for found in report.findings}


@pytest.mark.parametrize(
    ("fail_on", "status", "exit_code"),
    [("info", "findings", 1), ("warning", "findings", 1), ("error", "clean", 0)],
)
def test_findings_count_from_a_severity_on(report, fail_on, status, exit_code):
    made = replace(report("PYG001", "OCI's media type"), fail_on=fail_on)
    assert severities(made) == {"PYG001": "warning", "PYG008": "info"}
    assert (made.status, made.exit_code) == (status, exit_code)


def test_an_unreadable_archive_outweighs_findings():
    made = Report((Checkup("a.tar", reason="unexpected EOF"),), fail_on="error")
    assert (made.status, made.exit_code) == ("unreadable", 2)


def test_nothing_found_is_clean():
    made = Report((Checkup("a.tar"),), fail_on="info")
    assert (made.status, made.exit_code) == ("clean", 0)


@pytest.mark.parametrize(
    ("code", "name", "version", "severity"),
    [
        ("PYG001", "OCI's media type", "0.18", "error"),
        ("PYG001", "OCI's media type", "0.9.3", "error"),
        ("PYG001", "OCI's media type", "0.19", "info"),
        ("PYG002", "saved by ID", "0.22", "info"),
        ("PYG005", "gzip first", "0.22.1", "error"),
        ("PYG008", "plain", "0.18", "info"),
        ("PYG012", "more DiffIDs", "0.21.7", "error"),
        ("PYG010", "a layer", "0.18", "info"),
    ],
)
def test_a_version_of_a_tool_sees_an_error_or_an_info(report, code, name, version, severity):
    assert severities(report(code, name).seen_by(GGCR, version))[code] == severity


def test_the_exit_code_is_that_of_what_the_version_sees(report):
    made = report("PYG001", "OCI's media type")
    assert made.seen_by(GGCR, "0.18").exit_code == 1
    assert made.seen_by(GGCR, "0.19").exit_code == 0


def test_crane_and_ggcr_are_names_of_go_containerregistry(report):
    made = report("PYG001", "OCI's media type")
    assert (
        made.seen_by("crane", "0.18")
        == made.seen_by("ggcr", "v0.18.0")
        == made.seen_by(GGCR, "0.18")
    )


@pytest.mark.parametrize(
    ("tool", "version"),
    [("skopeo", "1.9.3"), ("trivy", "0.48.99"), ("crane", ""), ("crane", "main")],
)
def test_a_report_is_not_clean_because_nothing_is_known(tool, version):
    with pytest.raises(ValueError, match="there is no tool|does not have|is not a version"):
        Report(()).seen_by(tool, version)


def test_json_says_everything(report):
    document = json.loads(json.dumps(report("PYG001", "OCI's media type").to_json()))

    assert {key: document[key] for key in ("status", "exit_code", "fail_on")} == {
        "status": "findings",
        "exit_code": 1,
        "fail_on": "warning",
    }
    (archive,) = document["archives"]
    first = archive["findings"][0]
    entry = CATALOGUE["PYG001"]
    assert archive["readable"] is True
    assert archive["reason"] is None
    assert first == {
        "code": "PYG001",
        "name": "layer-sources-uncompressed",
        "severity": "warning",
        "known": False,
        "message": "LayerSources lists 2 of 2 layers, uncompressed.",
        "place": {
            "file": archive["path"],
            "entry": "manifest.json",
            "image": "app:1",
            "layers": [0, 1],
        },
        "fails": [
            {
                "tool": GGCR,
                "versions": "< 0.19",
                "text": "validating layers: unknown blob sha256:…",
                "effect": None,
            }
        ],
        "tools": [],
        "meaning": entry.meaning,
        "remedy": entry.remedy,
        "details": {},
    }


@pytest.mark.parametrize(
    ("layers", "text"),
    [
        ((), "manifest.json"),
        ((2,), "layer 2, manifest.json"),
        ((0, 1, 2), "layers 0 to 2, manifest.json"),
        ((0, 2, 3), "layers 0, 2 and 3, manifest.json"),
    ],
)
def test_places_in_words(layers, text):
    assert str(Place("a.tar", "manifest.json", layers=layers)) == text


def test_codes_are_unique_and_in_order():
    assert list(CATALOGUE) == sorted(CATALOGUE)
    assert len({entry.name for entry in CATALOGUE.values()}) == len(CATALOGUE)


def test_the_codes_are_those_that_were_agreed_on():
    # Codes never change their meaning: a change here is a change of what users rely on.
    assert {code: (entry.name, entry.severity) for code, entry in CATALOGUE.items()} == {
        "PYG001": ("layer-sources-uncompressed", "warning"),
        "PYG002": ("index-manifests-null", "error"),
        "PYG003": ("index-misses-image", "warning"),
        "PYG004": ("oci-layers-differ", "error"),
        "PYG005": ("mixed-compression", "error"),
        "PYG006": ("layer-source-media-type", "error"),
        "PYG007": ("zstd-layer", "error"),
        "PYG008": ("digest-depends-on-go", "info"),
        "PYG009": ("layer-link", "info"),
        "PYG010": ("blob-digest-mismatch", "error"),
        "PYG011": ("diff-id-mismatch", "error"),
        "PYG012": ("layer-count-mismatch", "error"),
        "PYG013": ("platforms-missing", "info"),
        "PYG014": ("unsafe-path", "error"),
        "PYG015": ("blob-link", "error"),
        "PYG016": ("layer-not-as-labelled", "error"),
        "PYG017": ("foreign-layer", "error"),
        "PYG018": ("layer-form", "error"),
        "PYG019": ("oci-layer-uncompressed", "info"),
        "PYG020": ("engine-affected", "error"),
        "PYG021": ("engine-layer-sources", "warning"),
        "PYG022": ("engine-containerd-store", "info"),
        "PYG023": ("engine-too-old", "error"),
        "PYG024": ("engine-is-podman", "info"),
        "PYG025": ("validate-fails", "error"),
        "PYG026": ("compressed-archive", "warning"),
        "PYG027": ("layout-in-a-tar", "info"),
        "PYG028": ("attestation-in-layout", "info"),
        "PYG029": ("digest-depends-on-platform", "warning"),
        "PYG040": ("base-moved", "warning"),
        "PYG041": ("base-unknown", "info"),
    }
