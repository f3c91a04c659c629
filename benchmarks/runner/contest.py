"""A contest: some ways to do one job, run in turn, round by round (A B C, A B C, …).

What disturbs a machine then disturbs all of them alike, and a ratio is taken within a round. A
wrong answer ends the whole run: fast and wrong is no result.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Contest", "Contestant", "Effort", "Score", "WrongAnswerError"]


class WrongAnswerError(Exception):
    """Two contestants that must say the same do not."""


@dataclass(frozen=True)
class Score:
    """One run: seconds, what was answered, and bytes of memory at the peak (0: not measured)."""

    seconds: float
    answer: str
    peak_memory: int = 0


@dataclass(frozen=True)
class Contestant:
    """One way to do the job.

    Attributes:
        name: as the page shows it.
        run: does the job once.
        agrees_with: contestants of the same group must give the same answer.
        command: how to repeat it, for the page.
    """

    name: str
    run: Callable[[], Score]
    agrees_with: str = ""
    command: str = ""


@dataclass(frozen=True)
class Effort:
    """How often a contest is run: ``rounds``, or fewer once it took ``seconds``; never none."""

    rounds: int
    seconds: float = float("inf")


@dataclass
class Contest:
    """A job, and the ways to do it."""

    name: str
    contestants: Sequence[Contestant]
    facts: dict[str, Any] = field(default_factory=dict)

    def hold(self, effort: Effort) -> dict[str, Any]:
        """Run the rounds; the figures, ready for JSON.

        The first round warms up. It counts only where there was no time for another.

        Raises:
            WrongAnswerError: answers differ that must not.
        """
        rounds: list[list[Score]] = []
        start = time.monotonic()
        while len(rounds) <= effort.rounds:
            if rounds and time.monotonic() - start >= effort.seconds:
                break
            rounds.append([each.run() for each in self.contestants])
            self._check(rounds[-1])
        counted = rounds[1:] or rounds
        scores = zip(self.contestants, zip(*counted, strict=True), strict=True)
        figures = {contestant.name: _figures(contestant, own) for contestant, own in scores}
        return {"name": self.name, **self.facts, "contestants": figures}

    def _check(self, scores: list[Score]) -> None:
        said: dict[str, tuple[str, str]] = {}
        for contestant, score in zip(self.contestants, scores, strict=True):
            first, answer = said.setdefault(contestant.agrees_with, (contestant.name, score.answer))
            if answer != score.answer:
                raise WrongAnswerError(
                    f"{self.name}: {first} says {answer!r}, {contestant.name} says {score.answer!r}"
                )


def _figures(contestant: Contestant, scores: Sequence[Score]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "seconds": [_short(score.seconds) for score in scores],
        "answer": scores[0].answer,
    }
    memory = [score.peak_memory for score in scores]
    if any(memory):
        figures["peak_memory"] = max(memory)
    if contestant.command:
        figures["command"] = contestant.command
    return figures


def _short(seconds: float) -> float:
    """Five digits that count: a clock tells no more, and files stay readable."""
    return float(f"{seconds:.5g}")
