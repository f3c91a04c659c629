"""Ratios are taken within a round, and growth is read off the two largest sizes."""

from __future__ import annotations

import pytest

from benchmarks.page.bars import BARS, Bar
from benchmarks.page.results import Results, Spread, exponent, geometric_mean
from benchmarks.page.tables import bars_table, contest_table

CONTEST = {
    "name": "digest",
    "contestants": {
        "crane, go1.26": {"seconds": [4.0, 6.0, 9.0], "peak_memory": 30_000_000},
        "crane, go1.27": {"seconds": [2.0, 3.0, 3.0], "peak_memory": 30_000_000},
        "pyggcr, go1.26": {"seconds": [1.0, 2.0, 1.0], "peak_memory": 15_000_000},
        "pyggcr, go1.27": {"seconds": [1.0, 1.0, 1.0], "peak_memory": 15_000_000},
    },
}


@pytest.fixture
def results() -> Results:
    """A run of one contest."""
    return Results({"import_memory": 10_000_000, "parts": {"archives": [CONTEST]}})


def test_a_ratio_is_taken_round_by_round(results: Results) -> None:
    ratio = results.ratio("digest", "crane, go1.26", "pyggcr, go1.26")

    assert ratio == Spread((4.0, 3.0, 9.0))
    assert (ratio.median, ratio.low, ratio.high) == (4.0, 3.0, 9.0)


def test_what_was_not_measured_has_no_ratio(results: Results) -> None:
    assert results.ratio("digest", "skopeo", "pyggcr, go1.26") is None
    assert results.ratio("validate", "crane, go1.26", "pyggcr, go1.26") is None


def test_each_contestant_stands_beside_the_peer_of_its_own_profile(results: Results) -> None:
    *_, own126, own127 = contest_table(results, CONTEST, "crane").splitlines()

    assert "4.00 times (3.00 to 9.00)" in own126
    assert "3.00 times (2.00 to 3.00)" in own127


def test_memory_is_above_that_of_an_import(results: Results) -> None:
    assert "| 20 MB |" in contest_table(results, CONTEST, "crane").splitlines()[2]


def test_a_bar_that_was_not_measured_is_neither_met_nor_missed(results: Results) -> None:
    table = bars_table(results)

    assert table.count("not measured") == len(BARS)


@pytest.mark.parametrize(("at_least", "met"), [(True, [False, True]), (False, [True, False])])
def test_a_bar_is_met_by_the_median(at_least: bool, met: list[bool]) -> None:
    bar = Bar("job", "peer", 2, "times", at_least, lambda _results: None)

    assert [bar.met(Spread((1.0, 1.5, 9.0))), bar.met(Spread((0.5, 2.5, 3.0)))] == met


def test_the_geometric_mean_is_taken_round_by_round() -> None:
    assert geometric_mean([Spread((1.0, 4.0)), Spread((4.0, 9.0))]).values == pytest.approx((2, 6))


@pytest.mark.parametrize(
    ("seconds", "grows"),
    [([0.1, 1.1, 10.1], 1.0), ([0.1, 1.1, 100.1], 2.0), ([0.1, 0.1, 0.1], 0.0)],
)
def test_growth_is_that_between_the_largest_sizes(seconds: list[float], grows: float) -> None:
    assert exponent([1.0, 10.0, 100.0], seconds) == pytest.approx(grows)
