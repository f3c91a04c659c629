"""``python -m benchmarks``: measures, keeps the figures as JSON, makes the page and its plots.

A part that is measured alone replaces that part of the figures that are there.
"""

from __future__ import annotations

import argparse
import compileall
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.machine import machine, versions
from benchmarks.page.document import performance_page
from benchmarks.page.results import Results, load
from benchmarks.parts import (
    archives,
    diffing,
    flatten,
    growth,
    known,
    peers,
    registries,
    startup,
    streams,
    suites,
    writing,
)
from benchmarks.runner.report import say

_DOCS = ROOT / "docs"
_QUICK = ROOT / ".benchmarks" / "quick"  # ignored by git: no figures to publish

PARTS: dict[str, Callable[..., list[dict[str, Any]]]] = {
    "startup": startup.measure,
    "boundary": streams.measure_boundary,
    "gzip": streams.measure_gzip,
    "gzip-levels": streams.measure_gzip_levels,
    "archives": archives.measure,
    "registries": registries.measure,
    "known": known.measure,
    "peers": peers.measure,
    "flatten": flatten.measure,
    "writing": writing.measure,
    "diff": diffing.measure,
    "growth": growth.measure,
    "suites": suites.measure,
}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds: two minutes")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="only this part (repeatable)"
    )
    parser.add_argument("--page-only", action="store_true", help="measure nothing, make the page")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="instead of docs/")
    options = parser.parse_args()
    folder = options.output or (_QUICK if options.quick else _DOCS)
    figures = folder / "performance" / "results.json"
    if not options.page_only:
        measure(options.only or list(PARTS), options.quick, figures)
    write_page(load(figures), folder)
    say(f"{folder / 'performance.md'} is made")


def measure(parts: list[str], quick: bool, figures: Path) -> None:
    """Measure the parts, and write the figures after each; those of other parts are kept."""
    compileall.compile_dir(ROOT / "pyggcr", quiet=2)  # as it is where pip has installed it
    kept = json.loads(figures.read_text("utf-8")) if figures.exists() else {}
    found: dict[str, Any] = kept.get("parts", {})
    missing: dict[str, dict[str, str]] = kept.get("missing", {})
    document: dict[str, Any] = {
        "quick": quick,
        "machine": machine(),
        "versions": versions(),
        "missing": missing,
        "import_memory": growth.import_memory(),
    }
    figures.parent.mkdir(parents=True, exist_ok=True)
    for part in parts:
        missing[part] = {}
        start = time.monotonic()
        found[part] = PARTS[part](quick=quick, missing=missing[part])
        say(f"{part} took {time.monotonic() - start:.0f} s")
        in_order = {name: found[name] for name in PARTS if name in found}
        figures.write_text(to_json({**document, "parts": in_order}), "utf-8")


def to_json(document: dict[str, Any]) -> str:
    """Indented, with lists of numbers on one line each."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    numbers = re.compile(r"\[\s+([-+.e0-9]+(?:,\s+[-+.e0-9]+)*)\s+\]")
    return numbers.sub(lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def write_page(results: Results, folder: Path) -> None:
    """Write the page, and the plots beside it."""
    from benchmarks.page.plots import draw_all

    draw_all(results, folder / "performance")
    (folder / "performance.md").write_text(performance_page(results), "utf-8")


if __name__ == "__main__":
    main()
