"""How plots look: colours that the colour-blind tell apart, and that stand on white and on black.

The background is transparent; text is of a grey with contrast on both. The same figures give the
same file.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

__all__ = ["COLOURS", "MARKERS", "TEXT", "label_lines", "plain_axes", "saved"]

TEXT = "#78797f"
GRID = "#8888884d"

# After Okabe and Ito's palette, each shifted until its contrast is 3:1 on white and on near-black.
BLUE, VERMILION, GREEN, PURPLE, OCHRE, GREY = (
    "#2b83c6",
    "#d55e00",
    "#0a9a72",
    "#b0639c",
    "#a8820f",
    "#808389",
)
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, OCHRE, GREY)
MARKERS = "osD^vP"

_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": TEXT,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "svg.fonttype": "none",
    "svg.hashsalt": "pyggcr",
    "text.color": TEXT,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
}


@contextlib.contextmanager
def saved(path: Path, width: float, height: float) -> Iterator[Figure]:
    """A figure of so many inches, written as SVG at the end of the block."""
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        nothing = dict.fromkeys(["Date", "Creator", "Type", "Format"])
        figure.savefig(path, format="svg", transparent=True, metadata=nothing)
    # Without the trailing blanks that matplotlib leaves in paths.
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line.rstrip() for line in lines) + "\n", "utf-8")


def plain_axes(axes: Any, *, grid: str) -> None:
    """No frame but the axes themselves, and a faint grid in the direction that is read off."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis=grid)
    axes.tick_params(length=3)


def label_lines(axes: Any, *, gap: float = 0.065) -> None:
    """Write each line's label at its right end, in its colour, apart from the others.

    Args:
        axes: with its lines drawn and its limits final.
        gap: the least distance between labels, as a share of the height.
    """
    to_share = axes.transData + axes.transAxes.inverted()
    ends = []
    for line in axes.get_lines():
        if line.get_label().startswith("_"):
            continue
        x, y = line.get_xdata()[-1], line.get_ydata()[-1]
        ends.append([to_share.transform((x, y))[1], line])
    ends.sort(key=lambda end: end[0])
    for below, above in itertools.pairwise(ends):
        above[0] = max(above[0], below[0] + gap)
    # What was pushed out at the top comes back, and pushes down those below it.
    if ends:
        ends[-1][0] = min(ends[-1][0], 1.0)
    for above, below in itertools.pairwise(ends[::-1]):
        below[0] = min(below[0], above[0] - gap)
    for share, line in ends:
        axes.annotate(
            line.get_label(),
            (1.02, share),
            xycoords="axes fraction",
            color=line.get_color(),
            va="center",
            annotation_clip=False,
        )
