"""Rows as files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pyggcr.audit import Problem, Row, RowFailure, RowFinding, RowLayer, read_rows
from pyggcr.audit.findings import checkup_of, met_by, report_of
from pyggcr.audit.formats import check_format, format_of, write_rows
from pyggcr.doctor import CATALOGUE, Report, diagnose
from pyggcr.doctor.policy import failing_on
from pyggcr.doctor.sarif import to_sarif
from pyggcr.errors import UnsupportedOptionError
from pyggcr.tools import tool_named

FAILURE = RowFailure("go-containerregistry", "< 0.19", "validating layers: unknown blob sha256:…")
ROWS = [
    Row(
        "registry.example.com/app:1",
        digest="sha256:aa",
        size=1234,
        created="2024-01-01T00:00:00Z",
        platform="linux/amd64",
        layers=(RowLayer("sha256:l0", size=1000, compression="none", shared=2),),
        findings=(RowFinding("PYG001", "warning", "LayerSources", layers=(0,), fails=(FAILURE,)),),
        when="2024-01-11T00:00:00Z",
    ),
    Row("=cmd|' /C calc'!A0", error=Problem("TransportError", "@no\nway", 429)),
    Row("with a byte \udcff"),
]


def test_json_lines_hold_everything(tmp_path: Path):
    write_rows(ROWS, tmp_path / "r.jsonl")
    assert list(read_rows(tmp_path / "r.jsonl")) == ROWS


def test_csv_has_a_cell_for_each_fact_and_no_formula(tmp_path: Path):
    write_rows(ROWS, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(newline="") as file:
        first, second, third = csv.DictReader(file)
    assert first["age_days"] == "10.0"
    assert (first["shared_layers"], first["shared_size"]) == ("1", "1000")
    assert first["tools"] == "go-containerregistry (< 0.19)"
    assert second["reference"] == "'=cmd|' /C calc'!A0"
    assert second["error"] == "'@no\nway"
    assert third["reference"] == "with a byte \\udcff"


def test_parquet_has_the_same(tmp_path: Path, require):
    try:
        from pyarrow import parquet
    except ImportError:
        require("pyarrow", "it is not installed")
    write_rows(ROWS, tmp_path / "r.parquet")
    first, second, third = parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert first == ROWS[0].to_json()
    assert second["error"] == {"kind": "TransportError", "message": "@no\nway", "status": 429}
    assert third["reference"] == "with a byte \\udcff"


def test_sarif_is_that_of_the_doctor(tmp_path: Path):
    write_rows(ROWS, tmp_path / "r.sarif")
    whole = to_sarif(Report(tuple(checkup_of(row) for row in ROWS)))
    assert json.loads((tmp_path / "r.sarif").read_text()) == whole


def test_nothing_is_left_where_rows_break_off(tmp_path: Path):
    def rows():
        yield ROWS[0]
        raise ValueError("stop")

    (tmp_path / "r.csv").write_text("old")
    with pytest.raises(ValueError, match="stop"):
        write_rows(rows(), tmp_path / "r.csv")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("name", ["rows", "rows.txt", "rows.json"])
def test_a_name_without_a_format_is_refused(name: str):
    with pytest.raises(UnsupportedOptionError, match="says no format; known are .jsonl"):
        format_of(name)


def test_without_pyarrow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    import importlib

    def missing(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(UnsupportedOptionError, match=r"pip install 'pyggcr\[parquet\]'"):
        check_format("parquet")


def test_rows_obey_the_doctors_policies():
    row = ROWS[0]
    assert report_of(row, Report(())).exit_code == 1
    assert report_of(row, failing_on(Report(()), ["error"])).exit_code == 0
    assert report_of(row, failing_on(Report(()), ["PYG001"])).exit_code == 1
    assert report_of(ROWS[1], Report(())).exit_code == 2


def test_rows_name_the_tools_that_fail():
    row = ROWS[0]
    old, new = tool_named("crane=0.18.0"), tool_named("crane=0.19.0")
    assert met_by(row, old).severity == "error"
    assert met_by(row, new).severity == "info"
    assert met_by(row, old).findings[0].fails == row.findings[0].fails

    of_both = met_by(row, tool_named("trivy=0.48.3"), tool_named("trivy=0.49.1"))
    assert of_both.severity == "error"
    named = [(it.tool, it.versions) for it in of_both.tools if it.tool == "trivy"]
    assert named == [("trivy", "0.48.3")]
    assert Row.from_json(of_both.to_json()) == of_both
    assert report_of(of_both, Report(())).exit_code == 1


def test_a_checkup_survives_as_a_row(recorded_archives: str):
    for checkup in diagnose(recorded_archives).checkups:
        for finding in checkup.findings:
            from pyggcr.audit.documents import row_finding

            row = Row(checkup.path, findings=(row_finding(finding),))
            (back,) = checkup_of(row).findings
            assert (back.code, back.fails, back.remedy) == (
                finding.code,
                finding.fails,
                finding.remedy,
            )
            assert back.code in CATALOGUE
