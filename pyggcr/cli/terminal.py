"""Tables on a terminal, drawn by rich: colours (unless NO_COLOR is set) and borders.

A table that is wider than the terminal is shown row by row, one fact on a line, so that no
digest is cut. This is the only module that imports rich.
"""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from pyggcr.cli.output import printable
from pyggcr.cli.table import Table

__all__ = ["draw"]

# Wider than any line can be: rich then measures and draws without cutting.
_UNLIMITED = 1 << 16


def draw(table: Table, console: Console | None = None) -> None:
    """Draw a table; the console is that of standard output if none is given."""
    console = console or Console(file=sys.stdout, highlight=False)
    room, console.width = console.width, _UNLIMITED
    if table.title:
        console.print(Text(printable(table.title), style="bold"))
    grid = _grid(table)
    if table.columns and Measurement.get(console, console.options, grid).maximum > room:
        for row in table.rows:
            facts = Table(rows=tuple(zip(table.columns, row, strict=True)))
            console.print(_grid(facts), "")
    else:
        console.print(grid)


def _grid(table: Table) -> RichTable:
    if table.columns:
        grid = RichTable(box=box.SIMPLE_HEAD, header_style="bold cyan", pad_edge=False)
        for column in table.columns:
            grid.add_column(column, no_wrap=True)
    else:
        grid = RichTable.grid(padding=(0, 2))
        grid.add_column(style="cyan", no_wrap=True)
        grid.add_column(no_wrap=True)
    for row in table.rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    return grid
