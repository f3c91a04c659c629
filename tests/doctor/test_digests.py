"""PYG029: the digest of an image differs between platforms of Go 1.27, as computed."""

from __future__ import annotations

import pytest
from support.near_ties import CLASSES, docker_archive, edited, log_layer, recorded

from pyggcr.doctor import diagnose

# One for each class that is alone.
ROWS = [next(row for row in recorded() if row["alone"] == name) for name in CLASSES]


def archive(tmp_path, layer: bytes):
    path = tmp_path / "logs.tar"
    path.write_bytes(docker_archive(layer))
    return path


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['alone']} alone")
def test_the_digests_are_those_of_crane_by_platform(tmp_path, row):
    path = archive(tmp_path, edited(row["seed"], row["digits"]))

    report = diagnose(path, digests=True)

    by_go, by_platform = (
        next(found for found in report.findings if found.code == code)
        for code in ("PYG008", "PYG029")
    )
    crane = row["crane"]
    assert dict(by_go.details) == {name: crane[name] for name in ("go1.26", "go1.27")}
    assert dict(by_platform.details) == {name: crane[name] for name in CLASSES}
    assert by_platform.place == by_go.place
    assert all(crane[name] in by_platform.message for name in CLASSES)


def test_where_they_agree_there_is_no_finding(tmp_path):
    report = diagnose(archive(tmp_path, log_layer(ROWS[0]["seed"])), digests=True)
    assert [found.code for found in report.findings if found.code != "PYG001"] == ["PYG008"]


def test_nothing_is_compressed_unless_digests_are_asked_for(tmp_path):
    row = ROWS[0]
    report = diagnose(archive(tmp_path, edited(row["seed"], row["digits"])), deep=True)
    assert "PYG029" not in [found.code for found in report.findings]
