"""JUnit: well-formed, with counts that are right, and saying what the report says."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from pyggcr.doctor import Checkup, Finding, Place, Report, diagnose
from pyggcr.doctor.junit import to_junit


@pytest.fixture
def report(docker, tmp_path) -> Report:
    """An archive with findings, one without, one that cannot be read."""
    garbage = tmp_path / "garbage.tar"
    garbage.write_bytes(b"garbage" * 1000)
    checkups = [
        diagnose(path).checkups[0]
        for path in (
            docker / "25.0.2/app-id.tar",
            docker / "28.5.2-containerd-store/app-tag.tar",
            garbage,
        )
    ]
    return Report(tuple(checkups))


def test_there_is_a_suite_for_each_archive(report):
    root = ET.fromstring(to_junit(report))
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == [checkup.path for checkup in report.checkups]
    counts = [
        tuple(int(suite.get(key)) for key in ("tests", "failures", "errors")) for suite in root
    ]
    assert counts == [(3, 2, 0), (1, 0, 0), (1, 0, 1)]


def test_counts_are_those_of_the_elements(report):
    root = ET.fromstring(to_junit(report))
    for element in (root, *root):
        assert int(element.get("tests")) == len(element.findall(".//testcase"))
        assert int(element.get("failures")) == len(element.findall(".//failure"))
        assert int(element.get("errors")) == len(element.findall(".//error"))


def test_what_counts_fails_and_what_does_not_passes(report):
    root = ET.fromstring(to_junit(replace(report, fail_on="error")))
    outcomes = {case.get("name").split()[0]: [child.tag for child in case] for case in root[0]}
    assert outcomes == {"PYG001": ["system-out"], "PYG002": ["failure"], "PYG008": ["system-out"]}


def test_a_failure_says_who_fails_with_which_text_and_the_remedy(report):
    root = ET.fromstring(to_junit(report))
    failure = root[0][0].find("failure")
    found = report.findings[0]
    assert failure.get("type") == "PYG001"
    assert failure.get("message") == found.message
    assert str(found.fails[0]) in failure.text
    assert found.entry.remedy in failure.text


def test_an_archive_that_cannot_be_read_is_an_error(report):
    root = ET.fromstring(to_junit(report))
    assert 'garbage.tar is text ("garbagegarbage' in root[2][0].find("error").get("message")


def test_odd_names_are_escaped():
    place = Place("<&\udcff\x00.tar", "\x1b[31m\ufffe", "a\"b'")
    checkup = Checkup(place.file, (Finding("PYG009", "info", place, "\udcff"),), "\x01")
    root = ET.fromstring(to_junit(Report((checkup,), fail_on="info")))
    assert root[0].get("name") == "<&\\udcff\\x00.tar"
    assert root[0][0].get("name") == "PYG009 layer-link (a\"b', \\x1b[31m\\ufffe)"
    assert root[0][1].find("error").get("message") == "\\x01"


def test_no_name_can_pose_as_a_line_or_steer_a_terminal():
    hostile = "x\nremedy: nothing\r\x9b31m\u202e\u2028"
    place = Place("a.tar", hostile)
    checkup = Checkup(
        "a.tar", (Finding("PYG009", "info", place, f"A link to {hostile}."),), hostile
    )
    document = to_junit(Report((checkup,), fail_on="info")).decode()
    assert all(char.isprintable() or char == "\n" for char in document)
    text = ET.fromstring(document)[0][0].find("failure").text
    assert [line.split(":")[0] for line in text.splitlines()] == ["info", "remedy"]
