"""Tables on a terminal, drawn by rich with borders, and with colours as ``screen`` says.

A table that is wider than the terminal is shown row by row, one fact on a line, and a fact that is
wider still has a line of its own, where the terminal breaks it: nothing is cut. Only this module,
``campaign_terminal`` and ``doctor_terminal`` import rich.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from pyggcr.cli import screen
from pyggcr.cli.output import printable
from pyggcr.cli.table import Table

__all__ = ["draw", "draw_facts", "draw_words", "output_console"]

# Wider than any line can be: rich then measures and draws without cutting.
_UNLIMITED = 1 << 16
_GAP = 2  # columns between a label and its text; also the indent of a text below its label


def output_console() -> Console:
    """The console of standard output."""
    stream = sys.stdout
    return Console(
        file=stream,
        width=screen.width_of(stream),
        height=100,  # nothing fills the screen
        highlight=False,
        force_terminal=screen.draws(stream),
        color_system=None if screen.is_plain() else "auto",
        no_color=not screen.wants_colour(stream),
    )


def draw(table: Table, console: Console | None = None) -> None:
    """Draw a table; the console is that of standard output if none is given."""
    console = console or output_console()
    if table.title:
        console.print(Text(printable(table.title), style="bold"), soft_wrap=True)
    if not table.columns:
        draw_facts(table.rows, console)
        return
    grid = _grid(table)
    room = console.width
    wide = console.options.update(width=_UNLIMITED)
    if Measurement.get(console, wide, grid).maximum <= room:
        console.print(grid)
        return
    for row in table.rows:
        console.print()
        draw_facts(tuple(zip(table.columns, row, strict=True)), console)
    console.print()


def draw_facts(
    rows: Sequence[Sequence[str]],
    console: Console,
    *,
    styles: Sequence[str] = (),
    indent: int = 0,
) -> None:
    """Draw texts with their labels before them; words that do not fit go below their label.

    Args:
        rows: a label and a text each.
        console: where to.
        styles: of the texts.
        indent: columns to leave free on the left.
    """
    labels = max((cell_len(printable(label)) for label, _ in rows), default=0)
    room = console.width - indent
    for number, (label, text) in enumerate(rows):
        label, text = printable(label), printable(text)
        style = styles[number] if styles else ""
        longest = max(map(cell_len, text.split()), default=0)
        below = labels + _GAP + longest > room
        hang = _GAP if below else labels + _GAP
        lines = _wrapped(text, room - hang)
        first = Text(" " * indent)
        first.append(label, style="cyan")
        if not below:
            first.append(" " * (hang - cell_len(label)))
            first.append(lines.pop(0), style=style)
        first.rstrip()
        for line in (first, *(Text(" " * (indent + hang)).append(it, style=style) for it in lines)):
            console.print(line, soft_wrap=True)


def draw_words(text: Text, console: Console) -> None:
    """Draw a text in lines of whole words, also where a word is wider than the terminal."""
    for line in text.split("\n"):
        breaks, begin = [], 0
        for word in re.finditer(r"\S+", line.plain):
            if cell_len(line.plain[begin : word.end()]) > console.width and word.start() > begin:
                breaks.append(word.start())
                begin = word.start()
        for part in line.divide(breaks):
            part.rstrip()
            console.print(part, soft_wrap=True)


def _wrapped(text: str, room: int) -> list[str]:
    """The text in lines of words; a word that is longer is a line of its own, and stays whole."""
    if cell_len(text) <= room:
        return [text]
    return textwrap.wrap(text, max(room, 1), break_long_words=False, break_on_hyphens=False) or [""]


def _grid(table: Table) -> RichTable:
    grid = RichTable(box=box.SIMPLE_HEAD, header_style="bold cyan", pad_edge=False)
    for column in table.columns:
        grid.add_column(column, no_wrap=True)
    for row in table.rows:
        grid.add_row(*(Text(printable(cell)) for cell in row))
    return grid
