"""Draws the matrix as SVG: a row for archives with the same outcomes, a column for each release.

The colours are safe for the colour-blind, and a letter repeats what each says. The grey of the text
is legible on white and on black. The same results give the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from tools.matrix.releases import RELEASES
from tools.matrix.summary import Row, State

__all__ = ["drawn"]

_TEXT = "#78797f"
_INK = "#ffffff"
# After the palette of Okabe and Ito; the letter repeats what the colour says.
_LOOKS = {
    State.GOOD: ("#2b83c6", ""),
    State.INVALID: ("#a8820f", "v"),
    State.FAILS: ("#c04a00", "x"),
    State.HANGS: ("#8a4a7c", "h"),
    State.SEVERAL: ("#808389", "t"),
}

_CELL = 22
_GAP = 2
_LEFT = 500
_TOP = 62
_KEY = 20
_LONGEST = 56  # characters of a row's name that have room


def drawn(rows: list[Row]) -> str:
    """The picture."""
    width = _LEFT + len(RELEASES) * _CELL + 20
    key_top = _TOP + len(rows) * _CELL + 16
    height = key_top + len(_LOOKS) * _KEY + 6
    parts = [
        _opening(width, height),
        "<title>Which release of crane reads which archive</title>",
        *_columns(),
        *_cells(rows),
        *_key(key_top),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _opening(width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="DejaVu Sans, sans-serif" '
        f'font-size="11" fill="{_TEXT}" role="img">'
    )


def _columns() -> Iterator[str]:
    for number, release in enumerate(RELEASES):
        x = _LEFT + number * _CELL + _CELL / 2
        yield (
            f'<text x="{x:g}" y="{_TOP - 6}" transform="rotate(-60 {x:g} {_TOP - 6})">'
            f"{release}</text>"
        )


def _cells(rows: list[Row]) -> Iterator[str]:
    before = ""
    for number, row in enumerate(rows):
        y = _TOP + number * _CELL
        name = escape(_name(row))
        if row.group != before:
            yield f'<text x="4" y="{y + 15}" font-weight="bold">{escape(row.group)}</text>'
        yield f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{name}</text>'
        before = row.group
        for place, state in enumerate(row.states):
            colour, letter = _LOOKS[state]
            x = _LEFT + place * _CELL
            yield (
                f'<rect x="{x + _GAP / 2:g}" y="{y + _GAP / 2:g}" width="{_CELL - _GAP}" '
                f'height="{_CELL - _GAP}" rx="3" fill="{colour}">'
                f"<title>{name}, {RELEASES[place]}: {escape(state.value)}</title></rect>"
            )
            if letter:
                yield _letter(x + _CELL / 2, y + 15, letter)


def _letter(x: float, y: float, letter: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="{_INK}">{letter}</text>'


def _name(row: Row) -> str:
    names = [archive.name.partition("/")[2] for archive in row.archives]
    text = ", ".join(names)
    if len(text) <= _LONGEST:
        return text
    shown: list[str] = []
    for name in names:
        rest = f" and {len(names) - len(shown) - 1} more"
        if len(", ".join([*shown, name])) + len(rest) > _LONGEST:
            break
        shown.append(name)
    return f"{', '.join(shown)} and {len(names) - len(shown)} more"


def _key(top: int) -> Iterator[str]:
    for number, (state, (colour, letter)) in enumerate(_LOOKS.items()):
        y = top + number * _KEY
        yield f'<rect x="{_LEFT}" y="{y}" width="16" height="16" rx="3" fill="{colour}"/>'
        if letter:
            yield _letter(_LEFT + 8, y + 12, letter)
        yield f'<text x="{_LEFT + 24}" y="{y + 12}">{escape(state.value)}</text>'
