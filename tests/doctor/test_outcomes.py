"""What findings mean for tools: who fails with which text, and from which version on it works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyggcr import tools
from pyggcr.doctor import Failure, Versions, diagnose
from pyggcr.doctor.junit import to_junit
from pyggcr.doctor.outcomes import outcome_of
from pyggcr.doctor.sarif import to_sarif
from pyggcr.tools.module_versions import VersionRange
from pyggcr.tools.tool import Tool

DOCKER = Path(__file__).parents[1] / "data" / "docker"
ARCHIVES = sorted((DOCKER / "25.0.2").glob("*.tar"))
TEXT = "unknown blob sha256:…"
GGCR = "go-containerregistry"
OLD = Failure(GGCR, Versions(before="0.19"), TEXT)
NEW = Failure(GGCR, Versions(since="0.21.7"), "is a symlink")
ALWAYS = Failure(GGCR, Versions(), "invalid header")


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda it: it.name)
def test_archives_of_docker_25_fail_in_tools_of_their_time_and_not_in_the_newest(archive):
    report = diagnose(archive)
    names = ("trivy=0.48.3", "kaniko=1.20.0", "trivy", "kaniko")
    report = report.met_by(*map(tools.tool_named, names))

    found = next(it for it in report.findings if it.code == "PYG001")
    old, older, *newest = found.outcomes
    assert found.severity == "error"
    assert (str(old.tool), old.status) == ("trivy 0.48.3", "fails")
    assert (str(older.tool), older.status) == ("kaniko 1.20.0", "fails")
    assert [it.status for it in newest] == ["works", "works"]
    for outcome in (old, older):
        assert [it.text for it in outcome.failures] == ["validating layers: unknown blob sha256:…"]
        assert outcome.works_from is not None
        assert outcome.works_from.releases.low == "0.19.0"
    assert str(old).startswith(
        "trivy 0.48.3, with go-containerregistry 0.17.0: validating layers: unknown blob sha256:…; "
        "trivy works from 0.49.1 on (go-containerregistry 0.19.0)"
    )
    assert not any("0.74" in text for text in found.fails_in_words)


def test_all_formats_name_the_tool_its_version_the_text_and_the_cure():
    report = diagnose(ARCHIVES[0]).met_by(tools.tool_named("kaniko=1.20.0"))
    said = (
        "kaniko 1.20.0, with go-containerregistry 0.17.0: validating layers: unknown blob "
        "sha256:…; kaniko works from 1.20.1 on (go-containerregistry 0.19.0)"
    )

    document = json.loads(json.dumps(report.to_json()))
    (finding,) = (it for it in document["archives"][0]["findings"] if it["code"] == "PYG001")
    (result,) = (it for it in to_sarif(report)["runs"][0]["results"] if it["ruleId"] == "PYG001")

    assert document["tools"][0]["tool"] == "kaniko"
    assert document["tools"][0]["go_containerregistry"] == "0.17.0"
    assert finding["tools"] == [
        {
            "tool": "kaniko",
            "version": "1.20.0",
            "path": None,
            "go_containerregistry": "0.17.0",
            "status": "fails",
            "texts": ["validating layers: unknown blob sha256:…"],
            "works_from": {
                "tool": "kaniko",
                "version": "1.20.1",
                "go_containerregistry": "0.19.0",
            },
        }
    ]
    assert f"Fails: {said}" in result["message"]["text"].splitlines()
    assert result["properties"]["tools"] == finding["tools"]
    assert f"fails: {said}" in to_junit(report).decode()


def commit(low: str, high: str) -> Tool:
    return Tool("mine", library="commit", releases=VersionRange(low, high))


@pytest.mark.parametrize(
    ("tool", "failures", "status"),
    [
        (commit("0.17.0", "0.18.0"), (OLD,), "fails"),
        (commit("0.18.0", "0.19.0"), (OLD,), "unknown"),
        (commit("0.19.0", "0.19.1"), (OLD,), "works"),
        (commit("0.18.0", "0.19.0"), (OLD, ALWAYS), "fails"),
        (commit("", ""), (OLD,), "unknown"),
        (commit("", ""), (), "works"),
        (commit("0.18.0", "0.18.0"), (Failure("skopeo", Versions(), "x"),), "works"),
    ],
)
def test_a_commit_fails_where_the_releases_around_it_do(tool, failures, status):
    assert outcome_of(tool, failures).status == status


def test_what_may_fail_is_a_warning():
    found = next(it for it in diagnose(ARCHIVES[0]).findings if it.code == "PYG001")
    met = found.met_by(commit("0.18.0", "0.19.0"))
    assert met.severity == "warning"
    assert "may fail: validating layers" in met.fails_in_words[0]


def test_a_tool_that_is_not_in_the_table_is_told_the_version_of_the_library():
    outcome = outcome_of(commit("0.17.0", "0.17.0"), (OLD,))
    assert str(outcome).endswith("; go-containerregistry works from 0.19.0 on")


def test_a_failure_without_end_has_no_version_that_works():
    outcome = outcome_of(tools.tool_named("trivy=0.48.3"), (ALWAYS,))
    assert outcome.works_from is None
    assert str(outcome).endswith(f"; no version in the table of {tools.table().date} works")


def test_a_version_that_works_once_and_fails_again_is_no_cure():
    outcome = outcome_of(tools.tool_named("crane=0.18.0"), (OLD, NEW))
    assert (outcome.status, outcome.works_from) == ("fails", None)
