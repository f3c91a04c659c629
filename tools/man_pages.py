"""Writes docs/man: the manual pages of pyggcr, made from what its commands say of themselves.

python -m tools.man_pages            # write them
python -m tools.man_pages --check    # say which are out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from pyggcr.cli import app
from pyggcr.cli.reader.man_page import pages

__all__ = ["FOLDER", "main"]

FOLDER = Path(__file__).parents[1] / "docs" / "man"


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; the exit code."""
    wanted = dict(pages(app))
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.1")}
    old = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    if arguments == ["--check"]:
        for name in old:
            print(f"docs/man/{name} is out of date: python -m tools.man_pages")
        return 1 if old else 0
    FOLDER.mkdir(exist_ok=True)
    for name in old:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
