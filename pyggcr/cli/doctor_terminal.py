"""The doctor's report on a terminal, drawn by rich: colours unless NO_COLOR is set."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyggcr.cli.doctor import SEVERITY_WIDTH, facts_of, shown, summary_of
from pyggcr.cli.output import printable
from pyggcr.doctor import Checkup, Finding, Report

__all__ = ["draw_report"]

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_FACT_STYLES = {"what": "", "fails": "red", "remedy": "green"}
_INDENT = 2


def draw_report(report: Report, console: Console | None = None, what: str = "archive") -> None:
    """Draw a report of archives, say; the console is that of standard output if none is given."""
    console = console or Console(file=sys.stdout, highlight=False)
    for checkup in report.checkups:
        _draw_checkup(checkup, console)
    console.print(Text(summary_of(report, what), style="bold"))


def _draw_checkup(checkup: Checkup, console: Console) -> None:
    console.print(Text(printable(checkup.path), style="bold underline"))
    if not checkup.readable:
        title = Text("  unreadable  ", style=_STYLES["error"])
        console.print(title.append(printable(checkup.reason), style="not bold"))
    elif not checkup.findings:
        console.print(Text("  nothing found", style="green"))
    for finding in shown(checkup):
        _draw_finding(finding, console)
    console.print()


def _draw_finding(finding: Finding, console: Console) -> None:
    title = Text(" " * _INDENT)
    title.append(f"{finding.severity.ljust(SEVERITY_WIDTH)}  ", style=_STYLES[finding.severity])
    title.append(f"{finding.code} {finding.entry.name}", style="bold")
    if str(finding.place):
        title.append(f"  {printable(str(finding.place))}", style="dim")
    console.print(title)
    # Words are wrapped, digests never broken as long as they fit.
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=_INDENT)
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in facts_of(finding):
        grid.add_row("", label, Text(printable(text), style=_FACT_STYLES[label]))
    console.print(grid)
