"""Which findings make a pipeline fail: by severity, by code, and not if a baseline knows them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyggcr.doctor import Checkup, Place, Report, diagnose_all
from pyggcr.doctor.baseline import fingerprint, parse_baseline, serialized_baseline
from pyggcr.doctor.github import to_github
from pyggcr.doctor.junit import to_junit
from pyggcr.doctor.policy import failing_on
from pyggcr.doctor.report import finding
from pyggcr.doctor.sarif import to_sarif
from pyggcr.errors import ConfigurationError, UnsupportedOptionError


def found(code: str, file: str = "images/app.tar", **place):
    return finding(code, Place(file, **place), "A message.")


def report_of(*findings, **fields) -> Report:
    return Report((Checkup("images/app.tar", findings),), **fields)


INFO, WARNING, ERROR = found("PYG008"), found("PYG001"), found("PYG005")


@pytest.mark.parametrize(
    ("words", "counting"),
    [
        (["info"], {"PYG008", "PYG001", "PYG005"}),
        (["error"], {"PYG005"}),
        (["error", "PYG008"], {"PYG005", "PYG008"}),
        (["error,digest-depends-on-go"], {"PYG005", "PYG008"}),
        (["pyg001"], {"PYG001"}),
        (["never"], set()),
    ],
)
def test_what_counts_is_chosen_by_severity_code_and_name(words, counting):
    report = failing_on(report_of(INFO, WARNING, ERROR), words)
    assert {it.code for it in report.findings if report.counts(it)} == counting
    assert report.exit_code == bool(counting)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["warnings"], "did you mean warning"),
        (["PYG999"], "is no severity, code or name"),
        (["error", "info"], "one severity is enough"),
        (["never", "error"], "never stands alone"),
        ([""], "is no severity"),
    ],
)
def test_words_that_say_nothing_are_refused(words, text):
    with pytest.raises(UnsupportedOptionError, match=text):
        failing_on(report_of(), words)


def test_an_unreadable_archive_counts_whatever_is_chosen():
    report = failing_on(Report((Checkup("a.tar", reason="unexpected EOF"),)), ["never"])
    assert report.exit_code == 2


def test_what_a_baseline_has_does_not_count():
    baseline = parse_baseline(serialized_baseline(report_of(WARNING)))
    report, gone = baseline.applied(report_of(WARNING, ERROR))
    assert [(it.code, it.known) for it in report.findings] == [("PYG001", True), ("PYG005", False)]
    assert (report.exit_code, gone) == (1, 0)
    report, gone = baseline.applied(report_of(WARNING))
    assert (report.exit_code, gone) == (0, 0)
    report, gone = baseline.applied(report_of())
    assert (report.exit_code, gone) == (0, 1)


def test_a_finding_more_than_the_baseline_has_is_new():
    """Archives of the same name in two folders: the second one is not hidden by the first."""
    baseline = parse_baseline(serialized_baseline(report_of(WARNING)))
    report, _ = baseline.applied(report_of(WARNING, found("PYG001", "other/app.tar")))
    assert [it.known for it in report.findings] == [True, False]
    assert report.exit_code == 1


def test_a_fingerprint_depends_on_what_and_which_archive_and_not_on_where_and_which_build():
    here = found("PYG001", "/here/app.tar", image="app:1", layers=(0,), entry=f"blobs/{'a' * 64}")
    there = found("PYG001", "there/app.tar", image="app:1", layers=(0,), entry=f"blobs/{'b' * 64}")
    assert fingerprint(here) == fingerprint(there)
    others = [
        found("PYG002", "app.tar", image="app:1", layers=(0,), entry=f"blobs/{'a' * 64}"),
        found("PYG001", "app2.tar", image="app:1", layers=(0,), entry=f"blobs/{'a' * 64}"),
        found("PYG001", "app.tar", image="app:2", layers=(0,), entry=f"blobs/{'a' * 64}"),
        found("PYG001", "app.tar", image="app:1", layers=(1,), entry=f"blobs/{'a' * 64}"),
    ]
    assert len({fingerprint(it) for it in (here, *others)}) == 5
    assert fingerprint(replace(here, message="Another.", severity="info")) == fingerprint(here)


def test_real_archives_give_the_same_file_wherever_they_lie_and_in_any_order(docker_data, tmp_path):
    names = ["app-id.tar", "app-tag.tar"]
    for folder in ("a", "b/c"):
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            shutil.copy(docker_data / "25.0.2" / name, tmp_path / folder / name)
    first = serialized_baseline(diagnose_all([tmp_path / "a" / name for name in names]))
    second = serialized_baseline(diagnose_all([tmp_path / "b/c" / name for name in names[::-1]]))
    assert first == second
    assert len(json.loads(first)["findings"]) >= 4


@pytest.fixture
def docker_data() -> Path:
    return Path(__file__).parents[1] / "data" / "docker"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "write-baseline makes one"),
        (b'{"kind": "pyggcr doctor baseline", "version": 2}', "another version"),
        (b'{"kind": "pyggcr doctor baseline", "version": 1}', "no list"),
        *(
            (
                b'{"kind": "pyggcr doctor baseline", "version": 1, "findings": [%s]}' % entry,
                "no fingerprint or no count",
            )
            for entry in (
                b"1",
                b"{}",
                b'{"fingerprint": "a"}',
                b'{"fingerprint": "a", "count": 0}',
                b'{"fingerprint": "a", "count": true}',
                b'{"fingerprint": 1, "count": 1}',
            )
        ),
    ],
)
def test_what_is_no_baseline_is_refused(data, text):
    with pytest.raises(ConfigurationError, match=text):
        parse_baseline(data)


def test_sarif_and_junit_tell_of_what_is_known():
    known = parse_baseline(serialized_baseline(report_of(WARNING)))
    report, _ = known.applied(report_of(WARNING, ERROR))
    states = [it["baselineState"] for it in to_sarif(report)["runs"][0]["results"]]
    assert states == ["unchanged", "new"]
    assert b'failures="1"' in to_junit(report)
    plain = to_sarif(report_of(WARNING))["runs"][0]["results"]
    assert "baselineState" not in plain[0]


def test_annotations_have_the_form_of_workflow_commands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b:100%.tar").touch()
    odd = finding("PYG001", Place("a,b:100%.tar", image="app:1"), "100%\r\n::error::x")
    absolute = found("PYG008", str(tmp_path / "a,b:100%.tar"))
    checkup = Checkup("a,b:100%.tar", (odd, absolute, replace(ERROR, known=True)))
    lines = [*to_github(Report((checkup, Checkup("gone.tar", reason="no such file"))))]
    file = "file=a%2Cb%3A100%25.tar"
    titles = ("title=PYG001 layer-sources-uncompressed", "title=PYG008 digest-depends-on-go")
    text = "app:1: 100%25\\r\\n::error::x"
    assert lines == [
        f"::warning {file},{titles[0]}::{text}%0ARemedy: {odd.remedy}",
        f"::notice {file},{titles[1]}::A message.%0ARemedy: {absolute.remedy}",
        "::error title=unreadable::gone.tar: cannot be read: no such file",
    ]


@given(st.text(), st.text())
def test_no_text_of_an_archive_can_pose_as_a_command(path, message):
    checkup = Checkup(path, (finding("PYG001", Place(path or "a"), message),))
    (line,) = to_github(Report((checkup,)))
    assert len(line.splitlines()) == 1
    assert line.startswith("::warning ")
