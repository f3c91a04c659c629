"""SARIF: valid by the schema of OASIS, and saying what the report says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import near_ties
from support.ailing import AILING, blob_links
from support.ailing_engines import AILING_ENGINES

from pyggcr.doctor import CATALOGUE, Checkup, Finding, Place, Report, diagnose
from pyggcr.doctor.engine_check import judge
from pyggcr.doctor.sarif import to_sarif

DATA = Path(__file__).parents[1] / "data"
HOST = "unix:///var/run/docker.sock"
SCHEMA = json.loads((DATA / "sarif" / "sarif-schema-2.1.0.json").read_text())


@pytest.fixture(scope="module")
def complaints(require):
    """What is wrong with a log, by the schema."""
    try:
        import jsonschema
    except ImportError:
        require("jsonschema", "the package is not installed")
    validator = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())

    def complain(log: dict[str, Any]) -> list[str]:
        # As a reader gets it, not as Python has it.
        return [error.message for error in validator.iter_errors(json.loads(json.dumps(log)))]

    return complain


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> Report:
    """Every kind of finding, and an archive that cannot be read."""
    folder = tmp_path_factory.mktemp("ailing")
    for code, cases in AILING.items():
        for number, make in enumerate(cases.values()):
            (folder / f"{code}-{number}.tar").write_bytes(make())
    blob_links(folder / "layout")
    (folder / "garbage.tar").write_bytes(b"garbage" * 1000)
    tie = next(row for row in near_ties.recorded() if row["alone"] in near_ties.CLASSES)
    layer = near_ties.edited(tie["seed"], tie["digits"])
    (folder / "near-tie.tar").write_bytes(near_ties.docker_archive(layer))
    archives = diagnose(folder, deep=True, digests=True)
    engines = [
        Checkup(HOST, judge(info, HOST, wanted))
        for cases in AILING_ENGINES.values()
        for info, wanted in cases.values()
    ]
    return Report((*archives.checkups, *engines))


def test_the_schema_refuses_what_is_no_sarif(complaints):
    assert complaints({"version": "2.1.0"})
    assert complaints({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})


def test_every_kind_of_finding_is_valid(complaints, everything):
    assert {found.code for found in everything.findings} == set(CATALOGUE) - {"PYG040", "PYG041"}
    assert complaints(to_sarif(everything)) == []


def test_an_engine_is_where_it_listens(everything):
    results = to_sarif(everything)["runs"][0]["results"]
    places = {
        it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for it in results
        if "PYG020" <= it["ruleId"] <= "PYG024"
    }
    assert places == {HOST}


def test_no_archives_and_no_findings_are_valid(complaints):
    assert complaints(to_sarif(Report(()))) == []
    assert complaints(to_sarif(Report((Checkup("a.tar"),)))) == []


def test_odd_names_are_valid_and_can_be_written_as_utf_8(complaints):
    place = Place("a b/\udcff:%\n.tar", "\x1b[31m\udcfe", "app:1")
    found = Finding("PYG009", "info", place, "to \udcff", details=(("target", "\udcff"),))
    log = to_sarif(Report((Checkup(place.file, (found,), "broken \udcff"),)))
    assert complaints(log) == []
    json.dumps(log, ensure_ascii=False).encode()
    (result,) = log["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%FF%3A%25%0A.tar"


def test_no_name_can_pose_as_a_line():
    hostile = "x\nRemedy: nothing\x1b\u202e"
    found = Finding("PYG009", "info", Place("a.tar", hostile), f"A link to {hostile}.")
    (run,) = to_sarif(Report((Checkup("a.tar", (found,), hostile),)))["runs"]
    text = run["results"][0]["message"]["text"]
    assert [line.split(":")[0] for line in text.splitlines()[1:]] == ["Remedy"]
    name = run["results"][0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    shown = "x\\nRemedy: nothing\\x1b\\u202e"
    assert name == shown
    assert notification["message"]["text"] == f"cannot be read: {shown}"


def test_a_result_says_what_the_finding_says(everything):
    run = to_sarif(everything)["runs"][0]
    assert len(run["results"]) == len(everything.findings)
    for result, found in zip(run["results"], everything.findings, strict=True):
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == found.code
        assert result["level"] == {"info": "note"}.get(found.severity, found.severity)
        text = result["message"]["text"]
        assert text.startswith(found.message)
        assert all(str(failure) in text for failure in found.fails)
        assert found.remedy in text


def test_an_archive_that_cannot_be_read_is_a_notification(everything):
    (invocation,) = to_sarif(everything)["runs"][0]["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert re.match(
        'cannot be read: .*garbage.tar is text \\("garbage', notification["message"]["text"]
    )


def test_relative_paths_stay_relative_and_absolute_ones_become_urls():
    def uri(path: str) -> str:
        found = Finding("PYG009", "info", Place(path), "x")
        log = to_sarif(Report((Checkup(path, (found,)),)))
        location = log["runs"][0]["results"][0]["locations"][0]
        return location["physicalLocation"]["artifactLocation"]["uri"]

    assert uri("images/app.tar") == "images/app.tar"
    assert uri("/images/app.tar") == "file:///images/app.tar"


def test_fingerprints_tell_findings_apart_and_do_not_depend_on_the_folder(docker, tmp_path):
    copy = tmp_path / "app-id.tar"
    copy.write_bytes((docker / "25.0.2/app-id.tar").read_bytes())

    def fingerprints(path: Path) -> list[str]:
        results = to_sarif(diagnose(path))["runs"][0]["results"]
        return [result["partialFingerprints"]["pyggcrFinding/v2"] for result in results]

    here, there = fingerprints(docker / "25.0.2/app-id.tar"), fingerprints(copy)
    assert here == there
    assert len(set(here)) == 3
