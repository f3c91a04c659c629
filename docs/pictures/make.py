# ruff: noqa: INP001
"""Draws the terminal pictures of the documents: ``python docs/pictures/make.py``.

Each is what the command line draws of a real archive, exported by rich; nothing is painted by hand.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from pyggcr.cli.campaign import made
from pyggcr.cli.campaign_terminal import draw_summary
from pyggcr.cli.doctor_terminal import draw_report
from pyggcr.differential.campaign import Campaign
from pyggcr.doctor import diagnose

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(__file__).resolve().parent
WIDTH = 100

# Rich would have the picture fetch a font from elsewhere; every viewer has one of its own.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def save(name: str, command: str, draw: Callable[[Console], None]) -> None:
    """Write NAME.svg: the command line and what it draws."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text.assemble(("$ ", "green"), command), "")
    draw(console)
    picture = console.export_svg(title="pyggcr", code_format=FORMAT, unique_id=f"pyggcr-{name}")
    (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def main() -> None:
    """Draw all of them."""
    os.chdir(ROOT)
    archive = "tests/data/docker/25.0.2/app-id.tar"
    report = diagnose(archive, digests=True)
    save(
        "doctor",
        f"pyggcr doctor --digests {archive}",
        lambda console: draw_report(report, console),
    )
    cases = made(count=2000, seed=7, case=None)
    summary = Campaign().run(cases.cases)
    save(
        "differential",
        "pyggcr differential --generate 2000 --seed 7",
        lambda console: draw_summary(cases, summary, {}, console),
    )


if __name__ == "__main__":
    main()
