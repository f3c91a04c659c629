"""What somebody may have meant who wrote a name that does not exist."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["near"]

_DISTANCE = 2  # as cobra has it


def near(typed: str, names: Iterable[str]) -> list[str]:
    """Those of the names that begin with what was typed, or differ in two letters at most."""
    typed = typed.lower()
    return [it for it in names if it.startswith(typed) or _distance(typed, it) <= _DISTANCE]


def _distance(one: str, other: str) -> int:
    """Levenshtein's distance in bytes."""
    left, right = (it.encode("utf-8", "surrogateescape") for it in (one, other))
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        above, row[0] = row[0], i
        for j, wanted in enumerate(right, 1):
            best = above if letter == wanted else 1 + min(above, row[j], row[j - 1])
            above, row[j] = row[j], best
    return row[-1]
