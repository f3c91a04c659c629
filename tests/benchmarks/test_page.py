"""docs/performance.md and its plots are what the committed figures give: nobody edits them."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from benchmarks.page.bars import BARS
from benchmarks.page.document import performance_page
from benchmarks.page.results import Results, load

DOCS = Path(__file__).parents[2] / "docs"
FIGURES = DOCS / "performance" / "results.json"


@pytest.fixture(scope="module")
def results() -> Results:
    """The figures that the page is made of."""
    return load(FIGURES)


def test_the_page_is_what_the_figures_give(results: Results) -> None:
    page = (DOCS / "performance.md").read_text("utf-8")

    assert page == performance_page(results), "make bench ARGS=--page-only makes it again"


def test_the_plots_are_what_the_figures_give(results: Results, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn_by = results.document["versions"]["matplotlib"]
    if importlib.metadata.version("matplotlib") != drawn_by:
        pytest.skip(f"matplotlib {drawn_by} drew them, and this is another version")
    from benchmarks.page.plots import draw_all

    names = draw_all(results, tmp_path)

    assert names == sorted(path.name for path in FIGURES.parent.glob("*.svg"))
    for name in names:
        assert (tmp_path / name).read_text("utf-8") == (FIGURES.parent / name).read_text("utf-8")


def test_the_figures_are_of_a_whole_run(results: Results) -> None:
    assert not results.document["quick"]
    assert list(results.document["parts"]) == [
        "startup", "boundary", "gzip", "archives", "growth", "suites",
    ]  # fmt: skip


def test_every_bar_is_on_the_page(results: Results) -> None:
    lines = performance_page(results).splitlines()

    for bar in BARS:
        assert any(line.startswith(f"| {bar.job} | {bar.peer} |") for line in lines), bar.job


def test_no_name_of_a_machine_is_published() -> None:
    import platform

    assert platform.node() not in FIGURES.read_text("utf-8").split()
