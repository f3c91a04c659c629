"""A campaign's summary on a terminal, drawn by rich: colours unless NO_COLOR is set."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyggcr.cli.campaign import Cases, facts_of, facts_of_finding, left_out_of
from pyggcr.cli.output import printable
from pyggcr.differential.campaign import Summary

__all__ = ["draw_summary"]

_EQUAL, _DIFFERENT = "bold green", "bold red"
_STYLES = {"go": "green", "python": "yellow", "first call": "bold", "kind": _DIFFERENT}
# The verdict as a bar of this width: archives that were read, refused alike, and with findings.
_BAR = 60
_BLOCK = "\u2588"


def draw_summary(
    cases: Cases, summary: Summary, reports: dict[str, Path], console: Console | None = None
) -> None:
    """Draw a summary; the console is that of standard output if none is given."""
    console = console or Console(file=sys.stdout, highlight=False)
    *facts, (label, verdict) = facts_of(cases, summary)
    console.print(_grid(facts))
    console.print()
    console.print(_bar(summary))
    console.print()
    if summary.left_out:
        console.print(Text("accepted differences that were met", style="bold"))
        console.print(_grid(left_out_of(summary)), "")
    for key, finding in summary.findings.items():
        console.print(Text("finding", style="bold underline"))
        console.print(_grid(facts_of_finding(finding, summary.met[key], reports.get(key))), "")
    style = _EQUAL if summary.equal else _DIFFERENT
    console.print(Text.assemble((f"{label}: ", "bold"), (verdict, style)))


def _grid(rows: Sequence[tuple[str, str]]) -> Table:
    # Words are wrapped, digests never broken as long as they fit.
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, Text(printable(text), style=_STYLES.get(label, "")))
    return grid


def _bar(summary: Summary) -> Text:
    found = sum(summary.met.values())
    read = summary.cases - summary.refused - found
    parts = ((read, "read alike", "green"), (summary.refused, "refused alike", "blue"))
    bar, legend = Text(), Text()
    for count, name, style in (*parts, (found, "with findings", "red")):
        if count:
            bar.append(_BLOCK * max(1, round(_BAR * count / summary.cases)), style=style)
            legend.append(f"{count:,} {name}  ", style=style)
    return bar.append("\n").append_text(legend)
