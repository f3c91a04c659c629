"""A campaign's summary as it is drawn on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from pyggcr.cli.campaign import made
from pyggcr.cli.campaign_terminal import draw_summary
from pyggcr.differential.campaign import Case, Summary
from pyggcr.differential.comparison import Difference
from pyggcr.differential.whole_archive import Verdict
from pyggcr.differential.workers import Answered, Crashed

FACES = "sha256:" + "face" * 16


def drawn(summary: Summary, reports: dict[str, Path]) -> str:
    """What a terminal of 100 columns shows, without colours."""
    console = Console(file=io.StringIO(), width=100)
    draw_summary(made(4, 7, None), summary, reports, console)
    return console.file.getvalue()


def test_a_campaign_without_findings_is_equal() -> None:
    summary = Summary(seconds=2.0)
    for refused in (False, False, False, True):
        summary.add(Case("1"), Answered(Verdict(compared=10, refused=refused)))

    lines = drawn(summary, {}).splitlines()

    assert lines[0].split() == ["seed", "7"]
    assert any(line.split() == ["archives", "4", "of", "4"] for line in lines)
    assert "█" * 60 in lines
    assert any(line.split() == ["3", "read", "alike", "1", "refused", "alike"] for line in lines)
    assert lines[-1] == "verdict: equal"


def test_findings_say_what_each_engine_says_and_where_the_report_is() -> None:
    summary = Summary(seconds=1.0)
    difference = Difference("digest", FACES, "bad\x1b[31m", "", "Error")
    summary.add(Case("17"), Answered(Verdict(9, differences=(("app:1", difference),))))
    summary.add(Case("18"), Crashed("signal 11 (SIGSEGV)", "last words"))
    (key, _) = summary.findings

    text = drawn(summary, {key: Path("out/17-digest")})

    assert FACES in text
    assert "Error bad\\x1b[31m" in text
    assert "out/17-digest" in text
    assert "signal 11 (SIGSEGV)" in text
    assert "last words" not in text
    assert text.endswith("verdict: 2 findings\n")
    assert "2 with findings" in text


def test_accepted_differences_are_counted() -> None:
    summary = Summary(seconds=1.0)
    summary.add(Case("1"), Answered(Verdict(9, left_out={"a known reason": 1234})))

    assert "1,234  a known reason" in drawn(summary, {})
