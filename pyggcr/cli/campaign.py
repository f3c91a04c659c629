"""What ``diff`` prints of a campaign: the bar while it goes, the summary, the findings.

On a terminal ``campaign_terminal`` draws the last two.
"""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pyggcr._dataclasses import asdict, dataclass
from pyggcr.cli import screen
from pyggcr.cli.group import CHECK_FAILED
from pyggcr.cli.output import write_json, write_note
from pyggcr.cli.progress import item_progress
from pyggcr.cli.table import Table, write_table
from pyggcr.errors import ArchiveError, EngineUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.differential.campaign import Campaign, Case, Finding, Summary

__all__ = ["Cases", "below", "facts_of", "facts_of_finding", "left_out_of", "made", "run"]

_SEED_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Cases:
    """The archives of a campaign, and where they come from: a folder or a seed."""

    cases: Sequence[Case]
    folder: str | None = None
    seed: int | None = None


def below(folder: str) -> Cases:
    """Every archive below a folder.

    Raises:
        ArchiveError: there is none.
    """
    from pyggcr.differential.campaign import Case, archives_below

    cases = [Case(str(path), path=str(path)) for path in archives_below(folder)]
    if not cases:
        raise ArchiveError(f"no archive below {folder}")
    return Cases(cases, folder=folder)


def made(count: int, seed: int | None, case: int | None) -> Cases:
    """As many archives of a seed, or one of them; without a seed, one is drawn."""
    from pyggcr.differential.campaign import made_cases

    seed = secrets.randbelow(_SEED_LIMIT) if seed is None else seed
    numbers = range(count) if case is None else [case]
    return Cases(list(made_cases(seed, numbers)), seed=seed)


def run(
    cases: Cases, *, gzip_profile: str | None, as_json: bool, out: str | None = None, **options: Any
) -> int:
    """Run a campaign and print how it went; the exit code.

    Raises:
        ArchiveError: no archive of the folder could be read, by either engine.
        EngineUnavailableError: one of the engines is not there.
        KeyboardInterrupt: it was ended with Ctrl-C; what there was is printed.
    """
    from pyggcr.differential.campaign import Campaign

    _check_engines()
    campaign = Campaign(gzip_profile=gzip_profile, **options)
    with _bar(cases) as progress:
        summary = campaign.run(cases.cases, progress=progress)
    reports = _write_reports(summary, campaign, cases.seed, out)
    if as_json:
        write_json(_to_json(cases, summary, reports))
    else:
        _write_summary(cases, summary, reports)
    if summary.interrupted:
        raise KeyboardInterrupt
    if not summary.equal:
        return CHECK_FAILED
    if cases.folder is not None and summary.refused == summary.cases:
        raise ArchiveError(f"no archive below {cases.folder} can be read by either engine")
    return 0


def _check_engines() -> None:
    from pyggcr import engines

    for info in engines().values():
        if not info.available:
            raise EngineUnavailableError(
                f"comparing needs both engines, but {info.name} is not available: {info.reason}"
            )


@contextlib.contextmanager
def _bar(cases: Cases) -> Iterator[Callable[[Summary], None]]:
    title = f"seed {cases.seed}" if cases.folder is None else cases.folder
    with item_progress(f"comparing {title}", len(cases.cases)) as advance:
        yield lambda summary: advance(summary.cases, _pace(summary))


def _pace(summary: Summary) -> str:
    findings = len(summary.findings)
    return f"{summary.cases / summary.seconds:.0f}/s, {findings or 'no'} findings"


def _write_reports(
    summary: Summary, campaign: Campaign, seed: int | None, out: str | None
) -> dict[str, Path]:
    """Shrink the findings and write them down; where each is, by its key."""
    from pyggcr.differential.reports import make_report, write_report

    if out is None or summary.interrupted:
        return {}
    written = {}
    for key, finding in summary.findings.items():
        written[key] = write_report(make_report(finding, campaign, seed=seed), out)
    return written


def _to_json(cases: Cases, summary: Summary, reports: dict[str, Path]) -> dict[str, Any]:
    from pyggcr.differential.reports import versions

    return {
        "folder": cases.folder,
        "seed": cases.seed,
        "cases": summary.cases,
        "answers": summary.answers,
        "refused": summary.refused,
        "seconds": round(summary.seconds, 3),
        "interrupted": summary.interrupted,
        "left_out": dict(summary.left_out),
        "findings": [
            {
                "kind": finding.kind,
                "key": key,
                "met": summary.met[key],
                "case": finding.case.name,
                "tag": finding.tag,
                "first": asdict(finding.first) if finding.first else None,
                "differences": finding.differences,
                "said": finding.said,
                "report": str(reports[key]) if key in reports else None,
            }
            for key, finding in summary.findings.items()
        ],
        "versions": versions(),
    }


def _write_summary(cases: Cases, summary: Summary, reports: dict[str, Path]) -> None:
    if screen.draws(sys.stdout):
        from pyggcr.cli.campaign_terminal import draw_summary

        draw_summary(cases, summary, reports)
    else:
        write_table(Table(rows=facts_of(cases, summary)))
        if summary.left_out:
            columns = ("left out", "reason")
            write_table(Table(rows=left_out_of(summary), columns=columns))
        for key, finding in summary.findings.items():
            rows = facts_of_finding(finding, summary.met[key], reports.get(key))
            write_table(Table(rows=rows, title="finding"))
    if summary.findings and not reports and not summary.interrupted:
        write_note("pyggcr: hint: --out DIR writes a small archive of each finding")


def facts_of(cases: Cases, summary: Summary) -> list[tuple[str, str]]:
    """How a campaign went, for people; the verdict last."""
    pace = summary.cases / summary.seconds if summary.seconds else 0.0
    return [
        ("seed", str(cases.seed)) if cases.folder is None else ("folder", cases.folder),
        ("archives", f"{summary.cases:,} of {len(cases.cases):,}"),
        ("answers compared", f"{summary.answers:,}"),
        ("refused alike", f"{summary.refused:,}"),
        ("time", f"{summary.seconds:.1f} s, {pace:.0f} archives a second"),
        ("most memory", f"{summary.memory / 1_000_000:.0f} MB"),
        ("verdict", "equal" if summary.equal else f"{len(summary.findings)} findings"),
    ]


def left_out_of(summary: Summary) -> list[tuple[str, str]]:
    """How often each accepted difference was met, and its reason."""
    return [(f"{count:,}", reason) for reason, count in summary.left_out.most_common()]


def facts_of_finding(finding: Finding, met: int, report: Path | None) -> list[tuple[str, str]]:
    """A finding, for people."""
    facts = [("kind", finding.kind), ("met", str(met)), ("case", finding.case.name)]
    if first := finding.first:
        facts += [
            ("tag", finding.tag),
            ("first call", first.where),
            ("go", f"{first.go_class} {first.go}".strip()),
            ("python", f"{first.python_class} {first.python}".strip()),
        ]
    else:
        facts.append(("said", finding.said.partition("\n")[0]))
    return [*facts, ("report", str(report))] if report else facts
