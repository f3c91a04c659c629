"""The figures of a run, as the JSON file holds them, and what the page asks of them."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Results", "Spread", "exponent", "geometric_mean", "load"]


@dataclass(frozen=True)
class Spread:
    """A figure of several rounds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The one that is shown first."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The smallest."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest."""
        return max(self.values)


class Results:
    """What a run measured, by part."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def part(self, name: str) -> list[dict[str, Any]]:
        """The contests or benchmarks of a part; none where it was not run."""
        found: list[dict[str, Any]] = self.document["parts"].get(name, [])
        return found

    def contest(self, name: str) -> dict[str, Any] | None:
        """A contest by its name, whatever its part."""
        for part in self.document["parts"].values():
            for contest in part:
                if contest["name"] == name and "contestants" in contest:
                    found: dict[str, Any] = contest
                    return found
        return None

    def seconds(self, contest: str, contestant: str) -> Spread | None:
        """The rounds of one contestant."""
        held = self.contest(contest)
        if held is None or contestant not in held["contestants"]:
            return None
        return Spread(tuple(held["contestants"][contestant]["seconds"]))

    def ratio(self, contest: str, peer: str, own: str) -> Spread | None:
        """How many times faster ``own`` is than ``peer``, round by round; ``None`` if unknown."""
        theirs, ours = self.seconds(contest, peer), self.seconds(contest, own)
        if theirs is None or ours is None:
            return None
        pairs = zip(theirs.values, ours.values, strict=True)
        return Spread(tuple(their / our for their, our in pairs))

    def memory_above_import(self, contestant: dict[str, Any]) -> float:
        """Peak memory in bytes, above that of a process that only imports pyggcr."""
        above: int = contestant["peak_memory"] - self.document["import_memory"]
        return max(0, above)


def load(path: Path) -> Results:
    """The results in a file."""
    return Results(json.loads(path.read_text("utf-8")))


def geometric_mean(spreads: list[Spread]) -> Spread:
    """The geometric mean of several figures, round by round."""
    rounds = zip(*(spread.values for spread in spreads), strict=True)
    return Spread(tuple(math.prod(values) ** (1 / len(values)) for values in rounds))


def exponent(sizes: list[float], seconds: list[float]) -> float:
    """How time grows between the two largest sizes: 1 is linearly, 2 with the square.

    What every run costs, whatever the size, would hide the growth, and is taken off first: the time
    of the smallest size.
    """
    (small, large), (before, after) = sizes[-2:], seconds[-2:]
    fixed = seconds[0] if len(sizes) > 2 else 0.0
    before, after = before - fixed, after - fixed
    if before <= 0 or after <= 0:
        return 0.0
    return math.log(after / before) / math.log(large / small)
