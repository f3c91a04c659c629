"""The differences between the engines that are accepted, each with its reason.

Every other difference is a bug. Texts are reduced to what can be compared before they are;
``docs/differences.md`` tells users the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["ACCEPTED", "Accepted", "reduce"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted difference: why, and how a text is reduced to the part that must agree."""

    name: str
    reason: str
    reduce: Callable[[str], str]


# go-cmp indents every line of a report by two characters: "- ", "+ ", two spaces or, at random,
# two no-break spaces. So the report ends before the first line that starts otherwise.
_CMP_REPORT = re.compile(
    r"(mismatched (?:config|manifest) content: \(-\S+ \+\S+\))"
    r" [^\n]*(?:\n[-+\x20\u00a0][\x20\u00a0][^\n]*)*"
)

ACCEPTED = (
    Accepted(
        name="cmp-report",
        reason="the report of go-cmp is unstable on purpose: Go itself prints another text at "
        "each run, so only what stands before and after it is compared",
        reduce=lambda text: _CMP_REPORT.sub(r"\1", text),
    ),
)


def reduce(text: str) -> str:
    """The text without the parts in which the engines may differ."""
    for accepted in ACCEPTED:
        text = accepted.reduce(text)
    return text
