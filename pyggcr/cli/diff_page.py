"""The page of HTML that ``diff --html`` writes: one file, without scripts and without a network."""

from __future__ import annotations

import html

from pyggcr._os.atomic_write import writable
from pyggcr.cli.diff_cells import file_cells, setting_cells
from pyggcr.cli.output import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyggcr.rootfs import Change, Comparison

__all__ = ["write_page"]

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8884;
  vertical-align: top; }
td, code { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; }
tr.added td:nth-child(2) { color: #1a7f37; } tr.removed td:nth-child(2) { color: #cf222e; }
tr.changed td:nth-child(2) { color: #9a6700; }
"""


def write_page(path: str, first: str, second: str, result: Comparison) -> None:
    """Write the comparison to a file.

    Raises:
        FileAccessError: the file cannot be written.
    """
    with writable(path) as file:
        for part in _parts(first, second, result):
            file.write(part.encode("utf-8", "replace"))


def _parts(first: str, second: str, result: Comparison) -> Iterator[str]:
    title = f"{_text(first)} and {_text(second)}"
    yield f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f"<style>{_STYLE}</style>\n<h1>What differs between <code>{_text(first)}</code> and "
    yield f"<code>{_text(second)}</code></h1>\n"
    if result.equal:
        yield "<p>The images do not differ.</p>\n"
    if result.settings:
        settings = map(setting_cells, result.settings)
        yield from _table("Config", ("setting", "first", "second"), settings)
    layers = (
        [it.diff_id, _number(it.first), _number(it.second), _number(it.size)]
        for it in result.layers
    )
    yield from _table("Layers", ("DiffID", "in the first", "in the second", "bytes"), layers)
    if result.files:
        yield f"<h2>Files</h2>\n<p>{len(result.files)} files differ.</p>\n<table>\n"
        yield "<tr><th>file<th>change<th>bytes\n"
        for change in result.files:
            yield _file_row(change)
        yield "</table>\n"
    if result.unread:
        yield f"<p>Both images have {result.unread} more layers, which were not read. A file of "
        yield "theirs that one image replaces is shown as added or removed.</p>\n"


def _file_row(change: Change) -> str:
    path, what, growth = file_cells(change)
    return f'<tr class="{change.kind}"><td>{_text(path)}<td>{what}<td class="number">{growth}\n'


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"<h2>{title}</h2>\n<table>\n<tr>{''.join(f'<th>{column}' for column in columns)}\n"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{_text(cell)}' for cell in row)}\n"
    yield "</table>\n"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _text(text: str) -> str:
    return html.escape(printable(text))
