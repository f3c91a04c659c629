"""docs/performance.md and its plots are what the committed figures give: nobody edits them."""

from __future__ import annotations

import copy
import importlib.metadata
import re
from pathlib import Path

import pytest

from benchmarks.page.bars import BARS
from benchmarks.page.document import performance_page
from benchmarks.page.misses import reason_of
from benchmarks.page.results import Results, load

_PEER = re.compile(r"crane|the library|skopeo|regctl|oras|python-dxf|docker|Go$|inside Go")

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

    assert sorted(names) == sorted(path.name for path in FIGURES.parent.glob("*.svg"))
    for name in names:
        assert (tmp_path / name).read_text("utf-8") == (FIGURES.parent / name).read_text("utf-8")


def test_the_figures_are_of_full_size_and_in_order(results: Results) -> None:
    order = ["startup", "boundary", "gzip", "gzip-levels", "archives", "registries", "known"]
    order += ["peers", "flatten", "writing", "diff", "growth", "suites"]
    parts = list(results.document["parts"])
    assert not results.document["quick"]
    assert parts == [part for part in order if part in parts]


def test_every_bar_is_on_the_page(results: Results) -> None:
    lines = performance_page(results).splitlines()

    for bar in BARS:
        assert any(line.startswith(f"| {bar.job} | {bar.peer} |") for line in lines), bar.job


def test_a_bar_that_is_missed_has_a_reason(results: Results) -> None:
    measured = [(bar, bar.measure(results)) for bar in BARS]
    missed = [bar for bar, figure in measured if figure is not None and not bar.met(figure)]

    assert [f"{bar.job} | {bar.peer}" for bar in missed if reason_of(bar) is None] == []


def test_no_path_of_one_machine_is_shown(results: Results) -> None:
    words = [
        word
        for part in results.document["parts"].values()
        for contest in part
        for contestant in contest.get("contestants", {}).values()
        for word in contestant.get("command", "").split()
    ]

    assert "ARCHIVE" in words
    assert [word for word in words if word.startswith("/")] == []


def test_a_peer_that_is_missing_is_named_with_its_reason(results: Results) -> None:
    reason = {"archives": {"skopeo": "there is no skopeo on PATH"}}

    page = performance_page(Results({**results.document, "missing": reason}))

    assert "- skopeo: there is no skopeo on PATH\n" in page


def test_a_run_without_any_peer_still_makes_a_page_and_plots(
    results: Results, tmp_path: Path
) -> None:
    document = copy.deepcopy(results.document)
    for part in document["parts"].values():
        for contest in part:
            contestants = contest.get("contestants", {})
            for peer in [name for name in contestants if _PEER.match(name)]:
                del contestants[peer]
    lonely = Results(document)

    assert "not measured" in performance_page(lonely)
    pytest.importorskip("matplotlib")
    from benchmarks.page.plots import draw_all

    assert draw_all(lonely, tmp_path / "lonely") == draw_all(results, tmp_path / "all")


def test_no_name_of_a_machine_is_published() -> None:
    import platform

    assert platform.node() not in FIGURES.read_text("utf-8").split()
