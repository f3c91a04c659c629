"""``pyggcr audit``: what it prints and writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_runner import CliRunner
from support.fleets import push_fleet

from pyggcr import registry
from pyggcr.audit import read_rows
from pyggcr.cli import app

RECORDED = Path(__file__).parents[1] / "data" / "docker" / "25.0.2" / "app-tag.tar"


def run(*arguments: object):
    return CliRunner().invoke(app, ["audit", *map(str, arguments)])


@pytest.fixture(scope="module")
def host():
    with registry.serve(engine="python") as server:
        push_fleet(server.host, 2, 3)
        yield server.host


def test_good_images_end_with_0(host):
    done = run(host)
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0].split() == ["images", "6"]


def test_findings_end_with_1_and_are_counted_by_code_and_tool():
    done = run(RECORDED)
    assert done.exit_code == 1
    assert "PYG001 layer-sources-uncompressed  1" in done.output
    assert "go-containerregistry (< 0.19)  1" in done.output
    assert run(RECORDED, "--fail-on", "error").exit_code == 0
    assert run(RECORDED, "--fail-on", "PYG001").exit_code == 1


def test_a_tool_sees_findings_with_its_own_eyes():
    for version, code in (("0.18", 1), ("0.19", 0)):
        tool = f"go-containerregistry={version}"
        done = run(RECORDED, "--for", tool, "--fail-on", "error")
        assert done.exit_code == code, version


def test_what_cannot_be_read_ends_with_2_and_is_told(host, tmp_path):
    (tmp_path / "broken.tar").write_bytes(b"no tar")
    done = run(f"{host}/team0/app:1", tmp_path / "broken.tar", "--json")
    assert done.exit_code == 2
    document = json.loads(done.stdout)
    assert (document["images"], document["failed"]) == (1, 1)
    assert document["failures"][0]["reference"] == f"{tmp_path}/broken.tar"


def test_rows_are_written_in_every_format(host, tmp_path):
    names = ["rows.jsonl", "rows.csv", "rows.sarif", "report.html"]
    done = run(host, *(word for name in names for word in ("-o", tmp_path / name)))
    assert done.exit_code == 0, done.output
    assert len(list(read_rows(tmp_path / "rows.jsonl"))) == 6
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 7
    assert json.loads((tmp_path / "rows.sarif").read_text())["version"] == "2.1.0"
    assert f"{host}/team1/app:2" in (tmp_path / "report.html").read_text()


def test_rows_can_be_piped(host):
    done = run(f"{host}/team0/app", "--format", "jsonl")
    assert [json.loads(line)["reference"] for line in done.stdout.splitlines()] == [
        f"{host}/team0/app:{tag}" for tag in range(3)
    ]


def test_a_second_run_says_what_has_not_changed(host, tmp_path):
    assert run(host, "--state", tmp_path / "s").exit_code == 0
    done = run(host, "--state", tmp_path / "s", "--json")
    document = json.loads(done.stdout)
    assert (document["references"], document["known"], document["resumed"]) == (6, 6, False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Missing argument"),
        (["x", "--jobs", "2", "--dask", "tcp://x"], "--jobs and --dask exclude each other"),
        (["x", "-o", "rows.txt"], "the end of the name says no format"),
        (["x", "-o", "no/folder/rows.csv"], "there is no such folder"),
        (["x", "--format", "html"], "--format html needs --output"),
        (["x", "--json", "--format", "csv"], "only one document fits on standard output"),
        (["x", "--fail-on", "nothing"], "--fail-on: 'nothing' is no severity"),
        (["x", "--for", "trivvy"], "--for: "),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(options, said):
    done = run(*options)
    assert done.exit_code == 2
    assert said in done.output


def test_a_missing_archive_is_no_registry(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("missing.tar", "--json")
    (failure,) = json.loads(done.stdout)["failures"]
    assert failure["reference"] == "missing.tar"
    assert failure["error"]["kind"] == "MissingPathError"


def test_the_state_of_something_else_is_refused(host, tmp_path):
    (tmp_path / "s").write_text("no state at all")
    done = run(host, "--state", tmp_path / "s")
    assert done.exit_code == 2
    assert "is damaged, or not the state of an audit" in done.output
