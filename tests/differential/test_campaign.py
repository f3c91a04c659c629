"""Campaigns: what is planted is found, shrunk and reported; crashes, hangs and leaks too."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest

from pyggcr.differential import compare
from pyggcr.differential.campaign import (
    Campaign,
    Case,
    Finding,
    Summary,
    archives_below,
    finding_of,
    made_cases,
)
from pyggcr.differential.comparison import Difference
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    uncompressed_source,
)
from pyggcr.differential.reports import Report, make_report, versions, write_report
from pyggcr.differential.whole_archive import Verdict
from pyggcr.differential.workers import Answered

pytestmark = pytest.mark.usefixtures("go_engine")

# Of seed 1, the first cases hold what each planted fault is triggered by.
SEED, COUNT = 1, 25


def planted(fault: str, **options) -> Campaign:
    """A campaign whose worker has a fault."""
    return Campaign(judge=f"support.planted:{fault}", **options)


def only_finding(campaign: Campaign) -> tuple[Finding, Summary]:
    """What the campaign finds, which has to be one thing."""
    summary = campaign.run(made_cases(SEED, range(COUNT)))
    assert summary.cases == COUNT
    (finding,) = summary.findings.values()
    return finding, summary


@pytest.mark.full
def test_the_engines_agree_on_hundreds_of_made_archives():
    summary = Campaign().run(made_cases(20261125, range(300)))
    assert summary.findings == {}
    assert summary.cases == 300
    assert summary.answers > 5000
    assert 50 < summary.refused < 250


def test_the_engines_agree_on_the_archives_of_a_folder(archives):
    folder = archives[0].parent
    cases = [Case(path.name, path=str(path)) for path in archives_below(folder)]
    summary = Campaign(jobs=2).run(cases)
    assert summary.findings == {}
    assert summary.cases == len(list(folder.rglob("*.tar"))) > 0
    assert summary.refused == 0


def test_a_difference_is_found_shrunk_and_reported(tmp_path):
    campaign = planted("differing")
    summary = campaign.run(made_cases(SEED, range(COUNT)))
    finding = next(iter(summary.findings.values()))
    assert (finding.kind, finding.first.where, finding.first.python) == (
        "difference",
        "digest",
        "faulty",
    )

    folder = write_report(make_report(finding, campaign, seed=SEED), tmp_path)

    assert sorted(path.name for path in folder.iterdir()) == [
        "archive.tar",
        "report.json",
        "report.txt",
    ]
    report = json.loads((folder / "report.json").read_text())
    assert report["first"]["where"] == "digest"
    assert report["first"]["python"] == "faulty"
    assert report["seed"] == f"{SEED}:{finding.case.name}"
    assert report["shrunk_to"] == (folder / "archive.tar").stat().st_size < report["size"]
    assert report["versions"]["go-containerregistry"].startswith("v0.")
    text = (folder / "report.txt").read_text()
    assert f"pyggcr differential --generate 1 --seed {SEED} --case {finding.case.name}" in text
    # The fault needs two layers: the shrunk archive has no more, and the engines agree on it.
    comparison = compare(folder / "archive.tar", None if report["tag"] == "(no tag)" else "app:1")
    assert len(comparison.python.layers) == 2
    assert comparison.equal


def test_a_crash_is_a_finding_and_the_campaign_goes_on():
    finding, summary = only_finding(planted("crashing"))
    assert finding.kind == "crash"
    assert finding.key == "crash signal 11 (SIGSEGV)"
    assert "Segmentation fault" in finding.said
    assert "last words" in finding.said
    assert summary.met[finding.key] > 1


@pytest.mark.full
def test_a_crash_is_shrunk():
    campaign = planted("crashing")
    finding, _ = only_finding(campaign)
    report = make_report(finding, campaign, seed=SEED, budget=30)
    assert report.finding.kind == "crash"
    assert b'"application/vnd.oci.image.layer.v1.tar"' in report.archive
    assert len(report.archive) < report.size


def test_a_hang_is_a_finding_that_tells_where():
    campaign = planted("hanging", limit=0.2)
    summary = campaign.run(made_cases(SEED, range(4, 12)))
    (finding,) = summary.findings.values()
    assert finding.kind == "hang"
    assert "planted.py" in finding.said
    assert summary.cases == 8


def test_a_leak_is_a_finding():
    finding, _ = only_finding(planted("leaking"))
    assert finding.kind == "leak"
    assert "descriptor of " in finding.said
    assert "archive.tar" in finding.said


def test_an_exception_that_was_ignored_is_a_finding():
    finding, _ = only_finding(planted("ignoring"))
    assert finding.kind == "leak"
    assert finding.said == "exception ignored: ValueError('nobody sees this')"


def test_what_leaked_is_reported_as_it_was(tmp_path):
    campaign = planted("leaking")
    finding, _ = only_finding(campaign)
    report = make_report(finding, campaign, seed=SEED)
    assert report.size == len(report.archive)
    assert "descriptor of " in (write_report(report, tmp_path) / "report.txt").read_text()


def test_a_large_archive_may_take_longer(tmp_path):
    large = tmp_path / "large.tar"
    large.write_bytes(bytes(5_000_000))
    task = Case("large", path=str(large)).task(1.0, None)
    assert task["limit"] == pytest.approx(11.0)
    assert Case("1", seed="1:1").task(1.0, None)["limit"] == 1.0


def test_several_processes_find_the_same():
    one = planted("crashing").run(made_cases(SEED, range(COUNT)))
    two = planted("crashing", jobs=2).run(made_cases(SEED, range(COUNT)))
    assert one.met == two.met
    assert two.cases == COUNT


@pytest.mark.usefixtures("kept_for_processes")
def test_any_executor_finds_the_same():
    cases = list(made_cases(5, range(12)))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        spread = Campaign(executor=executor).run(cases)
    alone = Campaign().run(cases)
    assert (spread.cases, spread.answers, spread.refused) == (12, alone.answers, alone.refused)
    assert spread.equal


def test_ctrl_c_ends_it_with_what_there_is():
    seen = []

    def interrupt(summary):
        seen.append(summary.cases)
        if summary.cases == 5:
            signal.raise_signal(signal.SIGINT)

    threads = threading.active_count()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        summary = planted("slow", jobs=2).run(made_cases(SEED, range(100)), progress=interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert summary.interrupted
    assert summary.cases == 5 == seen[-1]
    assert threading.active_count() == threads


def test_a_judge_that_is_not_there_is_a_crash():
    summary = Campaign(judge="support.planted:missing").run(made_cases(SEED, range(2)))
    (finding,) = summary.findings.values()
    assert finding.key == "crash exit 1"
    assert "AttributeError" in finding.said


def test_an_archive_that_is_gone_is_refused_alike(tmp_path):
    summary = Campaign().run([Case("gone", path=str(tmp_path / "gone.tar"))])
    assert summary.equal
    assert summary.refused == 1


def test_archives_are_told_by_name_or_first_bytes(tmp_path):
    archive = docker_save([ImageSpec()])
    (tmp_path / "below").mkdir()
    for name, data in {
        "a.tar": b"damaged",
        "below/b": archive,
        "c.txt": b"text",
        "below/d.json": b"{}" * 300,
    }.items():
        (tmp_path / name).write_bytes(data)
    assert archives_below(tmp_path) == [tmp_path / "a.tar", tmp_path / "below" / "b"]


def verdict(where: str, **texts: str) -> Answered:
    """An answer with one difference."""
    difference = Difference(where, "", "", **texts)
    return Answered(Verdict(compared=1, differences=(("(no tag)", difference),)))


def test_the_same_call_that_fails_alike_is_the_same_finding():
    case = Case("1", seed="1:1")
    first = finding_of(case, verdict("layers[0].size", go_class="Error"))
    second = finding_of(case, verdict("layers[3].size", go_class="Error"))
    other_class = finding_of(case, verdict("layers[0].size", go_class="JSONError"))
    other_call = finding_of(case, verdict("layers[0].digest", go_class="Error"))
    assert first.key == second.key
    assert len({first.key, other_class.key, other_call.key}) == 3


def test_a_difference_counts_for_more_than_a_leak():
    outcome = replace(verdict("size"), leaks=("descriptor of x",))
    assert finding_of(Case("1"), outcome).kind == "difference"


def test_nothing_wrong_is_no_finding():
    assert finding_of(Case("1"), Answered(Verdict(compared=9))) is None


@pytest.fixture
def report():
    """A report that was made by hand."""
    first = Difference("layers[0].digest", "go's\n", "python's", "Error", "")
    finding = Finding(Case("17", seed="1:17"), "difference", "key", "", "app:1", first, 3)
    return Report(finding, b"archive", 100, ("cut:1",), 9, "pyggcr differential …")


def test_reports_do_not_overwrite_each_other(report, tmp_path):
    names = [write_report(report, tmp_path / "new").name for _ in range(3)]
    assert names == ["17-layers-0-.digest", "17-layers-0-.digest-2", "17-layers-0-.digest-3"]


def test_a_report_that_cannot_be_written_leaves_nothing(report, tmp_path, monkeypatch):
    monkeypatch.setattr(Report, "to_text", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(report, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_versions_say_what_made_the_answers():
    assert {"pyggcr", "python", "go", "go-containerregistry"} <= versions().keys()
    assert all(versions().values())


def test_a_layer_source_does_not_hide_a_difference(tmp_path):
    # A near miss: the judge that is not planted finds the same archive good.
    layers = [LayerSpec(layer_tar({name: b""})) for name in "ab"]
    layers[0].source = uncompressed_source(layers[0].content)
    path = tmp_path / "archive.tar"
    path.write_bytes(docker_save([ImageSpec(layers)]))
    case = Case("a", path=os.fspath(path))
    assert Campaign().run([case]).equal
    assert not planted("differing").run([case]).equal
