"""Tables and bars on a terminal, drawn by rich: colours (unless NO_COLOR is set) and borders.

A table that is wider than the terminal is shown row by row, one fact on a line, so that no
digest is cut. Only this module, ``campaign_terminal`` and ``doctor_terminal`` import rich.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table as RichTable
from rich.text import Text

from pyggcr.cli.output import printable
from pyggcr.cli.table import Table

__all__ = ["byte_counter", "counting_bar", "draw", "progress_bars"]

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


@contextlib.contextmanager
def progress_bars(names: Sequence[str]) -> Iterator[Callable[[str, float], None]]:
    """Bars on standard error, which go away at the end of the ``with`` block.

    Gives a function that moves the bar of a name to a share from 0 to 1.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr, highlight=False)
    with Progress(*columns, console=console, transient=True) as bars:
        tasks = {name: bars.add_task(name, total=1.0) for name in names}
        yield lambda name, share: bars.update(tasks[name], completed=share)


@contextlib.contextmanager
def counting_bar(title: str, total: int | None) -> Iterator[Callable[[int, str], None]]:
    """A bar on standard error that counts to ``total``, if that is known, and goes away afterwards.

    Gives a function that takes how many are done, and a few words to show beside the bar.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr, highlight=False)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(printable(title), total=total, note="")
        yield lambda done, note: bar.update(task, completed=done, note=note)


@contextlib.contextmanager
def byte_counter(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """How many bytes went by, and how fast, on standard error; goes away afterwards.

    With a total it is a bar that tells how long it will last.
    """
    columns: list[ProgressColumn] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        DownloadColumn(),
        TransferSpeedColumn(),
    ]
    if total is not None:
        columns[2:2] = [BarColumn()]
        columns.append(TimeRemainingColumn())
    console = Console(file=sys.stderr, highlight=False)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(printable(title), total=total)
        yield lambda done: bar.update(task, completed=done)
