"""Tables: what a command shows to people.

On a terminal, or where FORCE_COLOR is set, rich draws them if it is installed; elsewhere they are
plain aligned columns that stay the same from release to release. No word is ever cut: digests are
to be copied.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from pyggcr._dataclasses import dataclass
from pyggcr.cli import screen
from pyggcr.cli.output import printable, write_line

__all__ = ["Table", "write_table"]

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text; without columns names, a list of facts: the first cell names the second."""

    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    title: str = ""


def write_table(table: Table) -> None:
    """Write a table to standard output, drawn on a terminal and plain elsewhere."""
    if screen.draws(sys.stdout):
        from pyggcr.cli.terminal import draw

        draw(table)
    else:
        for line in _plain_lines(table):
            write_line(line)


def _plain_lines(table: Table) -> Iterator[str]:
    rows = [[printable(cell) for cell in row] for row in table.rows]
    if table.columns:
        rows.insert(0, list(table.columns))
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield _GAP.join(cells).rstrip()
