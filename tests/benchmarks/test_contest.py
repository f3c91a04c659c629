"""Contestants take turns, the first round does not count, and wrong answers end the run."""

from __future__ import annotations

import sys

import pytest

from benchmarks.runner.contest import Contest, Contestant, Effort, Score, WrongAnswerError
from benchmarks.runner.process import CommandFailedError, run


def contestant(name: str, answer: str, group: str = "") -> Contestant:
    return Contestant(name, lambda: Score(1.0, answer, 1 << 20), group)


def test_contestants_take_turns_and_the_first_round_warms_up() -> None:
    runs: list[str] = []

    def counting(name: str) -> Contestant:
        return Contestant(name, lambda: Score(float(len(runs)), str(runs.append(name))))

    figures = Contest("job", [counting("a"), counting("b")]).hold(Effort(2))

    assert runs == ["a", "b"] * 3
    assert figures["contestants"]["a"]["seconds"] == [2.0, 4.0]
    assert figures["contestants"]["b"]["seconds"] == [3.0, 5.0]


def test_the_only_round_counts_when_there_is_no_time_for_more() -> None:
    figures = Contest("job", [contestant("a", "1")]).hold(Effort(5, seconds=0))

    assert figures["contestants"]["a"]["seconds"] == [1.0]


def test_a_wrong_answer_ends_the_run() -> None:
    contest = Contest("job", [contestant("crane", "sha256:1"), contestant("ours", "sha256:2")])

    with pytest.raises(WrongAnswerError, match="crane says 'sha256:1', ours says 'sha256:2'"):
        contest.hold(Effort(1))


def test_contestants_of_different_groups_may_differ() -> None:
    pair = [contestant("go1.26", "1", group="go1.26"), contestant("go1.27", "2", group="go1.27")]

    assert Contest("job", pair).hold(Effort(1))["contestants"].keys() == {"go1.26", "go1.27"}


class TestProcess:
    def test_it_tells_what_the_command_printed(self) -> None:
        assert run([sys.executable, "-c", "print('hello')"]).output == "hello\n"

    def test_memory_is_the_command_s_and_not_the_runner_s(self) -> None:
        held = bytearray(256 << 20)
        held[::4096] = b"\1" * (len(held) // 4096)

        small = run([sys.executable, "-I", "-S", "-c", "pass"])
        large = run([sys.executable, "-I", "-S", "-c", "held = b'1' * (128 << 20)"])

        assert small.peak_memory < 64 << 20
        assert 128 << 20 < large.peak_memory < 192 << 20

    def test_a_command_that_fails_is_an_error(self) -> None:
        with pytest.raises(CommandFailedError, match="no good"):
            run([sys.executable, "-c", "raise SystemExit('no good')"])
