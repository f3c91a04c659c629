"""Ways of a job take turns, answers are compared, ratios are taken within a round."""

from __future__ import annotations

import pytest

from pyggcr.bench import Job, Way, jobs, measure


def job(*ways: Way) -> Job:
    return Job("job", ways)


def test_every_way_is_run_as_often_as_the_others_in_turn() -> None:
    runs: list[str] = []

    def way(name: str) -> Way:
        return Way(name, 10, lambda _size: str(runs.append(name)))

    measure(job(way("a"), way("b")), 0.01, lambda _share: None)

    assert runs == ["a", "b"] * (len(runs) // 2)
    assert len(runs) >= 2 * 4  # three rounds, and one to compare the answers


def test_ways_that_answer_differently_are_an_error() -> None:
    ways = (Way("right", 10, lambda _size: "1"), Way("wrong", 10, lambda _size: "2"))

    with pytest.raises(RuntimeError, match="the answers differ"):
        measure(job(*ways), 0.01, lambda _share: None)


def test_answers_are_compared_on_as_much_data_as_every_way_takes() -> None:
    ways = (Way("much", 100, str), Way("little", 10, str))

    results = measure(job(*ways), 0.01, lambda _share: None)

    assert [result.size for result in results] == [100, 10]


def test_ratios_are_to_the_first_way_round_by_round() -> None:
    ways = (Way("first", 10, lambda _size: ""), Way("second", 10, lambda _size: ""))

    first, second = measure(job(*ways), 0.01, lambda _share: None)

    assert (first.beside, first.ratios) == ("", ())
    assert second.beside == "first"
    pairs = zip(first.seconds, second.seconds, strict=True)
    assert second.ratios == pytest.approx([theirs / own for theirs, own in pairs])


def test_progress_ends_at_all_of_it() -> None:
    shares: list[float] = []

    measure(job(Way("way", 10, lambda _size: "")), 0.01, shares.append)

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_all_ways_of_a_real_job_give_the_same_answer() -> None:
    with jobs() as todo:
        for each in todo:
            size = min(way.size for way in each.ways)
            assert len({way.run(size) for way in each.ways}) == 1, each.name
