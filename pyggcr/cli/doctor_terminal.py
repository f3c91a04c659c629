"""The doctor's report on a terminal, drawn by rich."""

from __future__ import annotations

from rich.text import Text

from pyggcr.cli.doctor import SEVERITY_WIDTH, facts_of, shown, summary_of
from pyggcr.cli.output import printable
from pyggcr.cli.terminal import draw_facts, draw_words, output_console
from pyggcr.doctor import Checkup, Finding, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["draw_report"]

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_FACT_STYLES = {"what": "", "fails": "red", "remedy": "green"}
_INDENT = 2


def draw_report(report: Report, console: Console | None = None, what: str = "archive") -> None:
    """Draw a report of archives, say; the console is that of standard output if none is given."""
    console = console or output_console()
    for checkup in report.checkups:
        _draw_checkup(checkup, console)
    draw_words(Text(summary_of(report, what), style="bold"), console)


def _draw_checkup(checkup: Checkup, console: Console) -> None:
    draw_words(Text(printable(checkup.path), style="bold underline"), console)
    if not checkup.readable:
        title = Text("  unreadable  ", style=_STYLES["error"])
        draw_words(title.append(printable(checkup.reason), style="not bold"), console)
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
    draw_words(title, console)
    facts = list(facts_of(finding))
    styles = [_FACT_STYLES[label] for label, _ in facts]
    draw_facts(facts, console, styles=styles, indent=2 * _INDENT)
