"""The differences between the engines that are accepted, each with its reason.

Every other difference is a bug. All of them are in the texts of errors; the classes have to
agree even here. ``docs/differences.md`` tells users the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pyggcr.differential.observation import Failure

__all__ = ["ACCEPTED", "Accepted", "accepted"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted difference: why, and whether two texts, Go's and Python's, are a case of it."""

    name: str
    reason: str
    covers: Callable[[str, str], bool]


def accepted(go: object, python: object) -> Accepted | None:
    """The accepted difference that two unequal answers are a case of, if any."""
    if not (isinstance(go, Failure) and isinstance(python, Failure) and go.kind == python.kind):
        return None
    cases = (each for each in ACCEPTED if each.covers(go.error, python.error))
    return next(cases, None)


# go-cmp indents every line of a report by two characters: "- ", "+ ", two spaces or, at random,
# two no-break spaces. So the report ends before the first line that starts otherwise.
_CMP_REPORT = re.compile(
    r"(mismatched (?:config|manifest) content: \(-\S+ \+\S+\))"
    r" [^\n]*(?:\n[-+\x20\u00a0][\x20\u00a0][^\n]*)*"
)


def _differ_in_a_cmp_report(go: str, python: str) -> bool:
    return _CMP_REPORT.sub(r"\1", go) == _CMP_REPORT.sub(r"\1", python)


# What pyggcr._python.zstd puts before the text of the decoder that it uses.
_ZSTD = "zstd: "


def _is_damaged_zstd(_go: str, python: str) -> bool:
    return python.startswith(_ZSTD)


ACCEPTED = (
    Accepted(
        name="cmp-report",
        reason="the report of go-cmp is unstable on purpose: Go prints it in another form at each "
        "build, so only the text before and after it is compared",
        covers=_differ_in_a_cmp_report,
    ),
    Accepted(
        name="damaged-zstd",
        reason="each zstd decoder has its own words for damaged data; only that it is damaged, "
        "the class, is compared",
        covers=_is_damaged_zstd,
    ),
)
