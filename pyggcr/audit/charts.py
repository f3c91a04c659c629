"""Bar charts as SVG, for a page of HTML that must work without a network and without a script."""

from __future__ import annotations

import html

from pyggcr._dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Bar", "chart"]

_WIDTH = 520
_CHARACTER = 6.7  # of the label font, on average
_ROW, _BAR = 22, 14
_LABEL_SPACE, _VALUE_SPACE = 230, 90
_LONG_VALUE_SPACE = 150  # of charts whose labels are above the bars


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        label: what it counts.
        value: its length.
        text: what stands behind it; the value if empty.
        kind: its class in the style sheet, such as ``error``.
        link: what its label links to.
    """

    label: str
    value: float
    text: str = ""
    kind: str = "bar"
    link: str = ""


def chart(title: str, bars: Sequence[Bar], *, note: str = "", above: bool = False) -> str:
    """A figure with a title and horizontal bars; a sentence instead where all are 0.

    Args:
        title: of the figure.
        bars: from top to bottom.
        note: a sentence below the title.
        above: put each label above its bar, for long ones such as digests.

    >>> "<svg" in chart("Sizes", [Bar("small", 3)])
    True
    """
    head = f"<figure><h2>{html.escape(title)}</h2>"
    if note:
        head += f'<p class="muted">{html.escape(note)}</p>'
    longest = max((bar.value for bar in bars), default=0)
    if longest <= 0:
        return head + '<p class="muted">Nothing to show.</p></figure>\n'
    if above:
        left, row, drop = 0.0, 2 * _ROW, _ROW
    else:
        widest = max(len(bar.label) for bar in bars) * _CHARACTER
        left, row, drop = min(widest + 10, _LABEL_SPACE), _ROW, 0
    room = _WIDTH - left - (_LONG_VALUE_SPACE if above else _VALUE_SPACE)
    size = f"0 0 {_WIDTH} {row * len(bars)}"
    parts = [f'{head}<svg viewBox="{size}" role="img" aria-label="{html.escape(title)}">']
    for number, bar in enumerate(bars):
        top = number * row
        width = max(bar.value / longest * room, 1 if bar.value else 0)
        text = bar.text or f"{bar.value:,.0f}"
        label = html.escape(bar.label)
        if bar.link:
            label = f'<a href="{html.escape(bar.link)}">{label}</a>'
        how = 'class="long"' if above else 'text-anchor="end"'
        parts.append(
            f'<text x="{0 if above else left - 8:.0f}" y="{top + 12}" {how}>{label}</text>'
            f'<rect class="{bar.kind}" x="{left:.1f}" y="{top + drop + 1}" width="{width:.1f}" '
            f'height="{_BAR}" rx="2"/>'
            f'<text class="value" x="{left + width + 6:.1f}" y="{top + drop + 12}">'
            f"{html.escape(text)}</text>"
        )
    parts.append("</svg></figure>\n")
    return "".join(parts)
