"""A campaign's summary on a terminal, drawn by rich."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from pyggcr.cli.campaign import Cases, facts_of, facts_of_finding, left_out_of
from pyggcr.cli.terminal import draw_facts, draw_words, output_console
from pyggcr.differential.campaign import Summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["draw_summary"]

_EQUAL, _DIFFERENT = "bold green", "bold red"
_STYLES = {"go": "green", "python": "yellow", "first call": "bold", "kind": _DIFFERENT}
# Columns of the bar, at most: archives that were read, refused alike, and with findings.
_BAR = 60
_BLOCK = "\u2588"


def draw_summary(
    cases: Cases, summary: Summary, reports: dict[str, Path], console: Console | None = None
) -> None:
    """Draw a summary; the console is that of standard output if none is given."""
    console = console or output_console()
    *facts, (label, verdict) = facts_of(cases, summary)
    _draw(facts, console)
    console.print()
    draw_words(_bar(summary, min(_BAR, console.width)), console)
    console.print()
    if summary.left_out:
        console.print(Text("accepted differences that were met", style="bold"))
        _draw(left_out_of(summary), console)
        console.print()
    for key, finding in summary.findings.items():
        console.print(Text("finding", style="bold underline"))
        _draw(facts_of_finding(finding, summary.met[key], reports.get(key)), console)
        console.print()
    style = _EQUAL if summary.equal else _DIFFERENT
    console.print(Text.assemble((f"{label}: ", "bold"), (verdict, style)))


def _draw(rows: Sequence[tuple[str, str]], console: Console) -> None:
    draw_facts(rows, console, styles=[_STYLES.get(label, "") for label, _ in rows])


def _bar(summary: Summary, width: int) -> Text:
    found = sum(summary.met.values())
    read = summary.cases - summary.refused - found
    parts = ((read, "read alike", "green"), (summary.refused, "refused alike", "blue"))
    bar, legend = Text(), Text()
    for count, name, style in (*parts, (found, "with findings", "red")):
        if count:
            bar.append(_BLOCK * max(1, round(width * count / summary.cases)), style=style)
            legend.append(f"{count:,} {name}  ", style=style)
    return bar.append("\n").append_text(legend)
