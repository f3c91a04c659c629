"""Rows of an audit, and their JSON form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyggcr.audit import Base, Problem, Row, RowFailure, RowFinding, RowLayer, read_rows
from pyggcr.errors import ArchiveError, FileAccessError

FAILURE = RowFailure("go-containerregistry", "< 0.19", "unknown blob sha256:…")
ROW = Row(
    "registry.example.com/app:1",
    digest="sha256:aa",
    index="sha256:bb",
    media_type="application/vnd.oci.image.manifest.v1+json",
    config_digest="sha256:cc",
    config_media_type="application/vnd.oci.image.config.v1+json",
    size=1234,
    created="2024-01-01T00:00:00.123456789Z",
    platform="linux/arm64",
    base=Base("layers", "registry.example.com/base:1", "sha256:dd", 1),
    layers=(
        RowLayer("sha256:l0", "sha256:d0", "application/x", 1000, "gzip", 3),
        RowLayer("sha256:l1", "sha256:d1", "application/x", 200, "zstd"),
    ),
    findings=(
        RowFinding("PYG001", "warning", "is plain", "manifest.json", (0,), (FAILURE,)),
        RowFinding("PYG007", "error", "is zstd", layers=(1,), fails=(FAILURE,), advice="wait"),
    ),
    error=Problem("TransportError", "429 Too Many Requests", 429),
    when="2024-01-03T12:00:00Z",
)


def test_a_row_survives_its_json_form():
    assert Row.from_json(json.loads(ROW.to_line())) == ROW
    assert Row.from_json(json.loads(Row("x").to_line())) == Row("x")


def test_what_follows_from_a_row_is_in_its_json_form_too():
    document = ROW.to_json()
    assert document["age_days"] == 2.5
    assert document["sharing"] == {"layers": 1, "bytes": 1000}
    assert [it["tool"] for it in document["tools"]] == ["go-containerregistry"]
    assert document["findings"][1]["name"] == "zstd-layer"
    assert ROW.severity == "error"
    assert ROW.findings[1].remedy == "wait"


@pytest.mark.parametrize("created", ["", "yesterday", "0001-13-01T00:00:00Z"])
def test_an_image_without_a_good_date_has_no_age(created: str):
    assert Row("x", created=created, when="2024-01-03T12:00:00Z").age is None


def test_rows_are_read_from_a_file(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{ROW.to_line()}\n{Row('x').to_line()}\n")
    assert list(read_rows(path)) == [ROW, Row("x")]


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"reference": 1}', "null"])
def test_what_is_no_row_is_refused_with_its_line(tmp_path: Path, line: str):
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{ROW.to_line()}\n{line}\n")
    with pytest.raises(ArchiveError, match=r"rows\.jsonl, line 2: "):
        list(read_rows(path))


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(FileAccessError, match="no such file"):
        list(read_rows(tmp_path / "rows.jsonl"))
