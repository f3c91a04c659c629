"""What the doctor says of Docker engines: each code, what comes near it, and engines that run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.ailing_engines import AILING_ENGINES, NEAR_ENGINES, docker
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import garbage, html, refused

from pyggcr.doctor import CATALOGUE, check_engine, diagnose
from pyggcr.doctor.engine_check import judge, what_it_writes
from pyggcr.errors import Error

FOUND = [(code, name) for code, cases in AILING_ENGINES.items() for name in cases]
NOT_FOUND = [(code, name) for code, cases in NEAR_ENGINES.items() for name in cases]

# Which codes each recorded engine has; and which of its archives shows what is said of it.
EXPECTED = {
    "24.0.7": [],
    "25.0.2": ["PYG020", "PYG021"],
    "28.5.2": ["PYG021"],
    "28.5.2-containerd-store": ["PYG022"],
}


@pytest.mark.parametrize(("code", "name"), FOUND)
def test_it_is_found(code, name):
    info, wanted = AILING_ENGINES[code][name]
    (found,) = [each for each in judge(info, "unix:///s", wanted) if each.code == code]
    assert found.severity == CATALOGUE[code].severity
    assert found.place.file == "unix:///s"
    assert info.engine_version in found.message


@pytest.mark.parametrize(("code", "name"), NOT_FOUND)
def test_it_is_not_found_in_what_comes_near(code, name):
    info, wanted = NEAR_ENGINES[code][name]
    assert code not in [found.code for found in judge(info, "unix:///s", wanted)]


@pytest.mark.parametrize("name", RECORDED)
def test_an_engine_is_judged_as_its_archives_are(tmp_path: Path, name: str) -> None:
    recorded = RECORDED[name]
    with FakeEngine(recorded, unix=tmp_path / "s") as fake:
        check = check_engine(host=fake.host)
    assert [found.code for found in check.report.findings] == EXPECTED[name]
    assert (check.info.engine_version, check.info.api_version) == (recorded.version, recorded.api)
    assert check.info.containerd_store == recorded.containerd_store
    by_tag = {found.code for found in diagnose(recorded.archive("app-tag")).findings}
    by_id = {found.code for found in diagnose(recorded.archive("app-id")).findings}
    assert ("PYG001" in by_tag) == ("PYG021" in EXPECTED[name])
    assert ("PYG002" in by_id) == ("PYG020" in EXPECTED[name])
    assert ("PYG008" in by_tag) == ("plain layers" in check.writes)


@pytest.mark.parametrize(
    ("code", "of_archives", "archive"),
    [("PYG020", "PYG002", "app-id"), ("PYG021", "PYG001", "app-tag")],
)
def test_who_fails_on_an_engine_is_who_fails_on_its_archives(code, of_archives, archive):
    found = {each.code: each.fails for each in judge(docker("25.0.2"), "")}
    report = diagnose(RECORDED["25.0.2"].archive(archive))
    assert found[code] == {each.code: each.fails for each in report.findings}[of_archives]


@pytest.mark.parametrize(
    ("code", "version", "severity"),
    [("PYG021", "0.18", "error"), ("PYG021", "0.19", "info"), ("PYG020", "0.22", "info")],
)
def test_a_version_of_go_containerregistry_can_be_asked_for(tmp_path, code, version, severity):
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as fake:
        report = check_engine(host=fake.host).report.seen_by("go-containerregistry", version)
    assert {found.code: found.severity for found in report.findings}[code] == severity


def test_a_wanted_version_is_wanted_whatever_the_tool(tmp_path):
    with FakeEngine(RECORDED["24.0.7"], unix=tmp_path / "s") as fake:
        report = check_engine("25.0.3", host=fake.host).report.seen_by("crane", "0.22")
    assert [(found.code, found.severity) for found in report.findings] == [("PYG023", "error")]
    assert report.exit_code == 1


def test_25_0_0_is_told_more_of_than_25_0_2():
    first, last = (judge(docker(version), "")[0] for version in ("25.0.0", "25.0.2"))
    assert len(first.fails) == len(last.fails) + 2
    assert "out of order" in first.message


@pytest.mark.parametrize("version", ["dev", "", "library-import"])
def test_a_version_without_numbers_is_not_judged(version):
    with pytest.raises(Error, match="which is no number"):
        judge(docker(version), "")
    with pytest.raises(Error, match="which is no number"):
        what_it_writes(docker(version))


def test_an_engine_that_is_not_there_cannot_be_judged(tmp_path):
    check = check_engine(host=f"unix://{tmp_path}/none")
    assert (check.info, check.writes, check.report.exit_code) == (None, "", 2)
    (checkup,) = check.report.checkups
    assert "no such file or directory" in checkup.reason
    document = json.loads(json.dumps(check.to_json()))
    assert (document["readable"], document["engine"], document["findings"]) == (False, None, [])


@pytest.mark.parametrize("fault", [garbage, html, refused])
@pytest.mark.parametrize("path", ["/version", "/info"])
def test_an_engine_that_talks_nonsense_cannot_be_judged(tmp_path, fault, path):
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "s") as fake:
        fake.faults = [fault(path)]
        assert check_engine(host=fake.host).report.status == "unreadable"


def test_a_wanted_version_must_be_one(tmp_path):
    with pytest.raises(ValueError, match="'new' is not a version"):
        check_engine("new", host=f"unix://{tmp_path}/none")
