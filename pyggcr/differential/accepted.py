"""The differences between the engines that are accepted, each with its reason.

Every other difference is a bug. All of them are in what errors say, never in good answers.
``docs/differences.md`` tells users the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pyggcr._dataclasses import dataclass
from pyggcr.differential.observation import Failure

__all__ = ["ACCEPTED", "Accepted", "accepted"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted difference: why, and whether two failures, Go's and Python's, are a case."""

    name: str
    reason: str
    covers: Callable[[Failure, Failure], bool]


def accepted(go: object, python: object) -> Accepted | None:
    """The accepted difference that two unequal answers are a case of, if any."""
    if not (isinstance(go, Failure) and isinstance(python, Failure)):
        return None
    cases = (each for each in ACCEPTED if each.covers(go, python))
    return next(cases, None)


# go-cmp indents every line of a report by two characters: "- ", "+ ", two spaces or, at random,
# two no-break spaces. So the report ends before the first line that starts otherwise.
_CMP_REPORT = re.compile(
    r"(mismatched (?:config|manifest) content: \(-\S+ \+\S+\))"
    r" [^\n]*(?:\n[-+\x20\u00a0][\x20\u00a0][^\n]*)*"
)


def _differ_in_a_cmp_report(go: Failure, python: Failure) -> bool:
    reports = (_CMP_REPORT.sub(r"\1", failure.error) for failure in (go, python))
    return go.kind == python.kind and len(set(reports)) == 1


# What pyggcr._layers.zstd puts before the text of the decoder that it uses.
_ZSTD = "zstd: "

# How Go's other decoders begin; its zstd decoder has no such word in front.
_NOT_ZSTD = ("gzip: ", "flate: ")


def _is_damaged_zstd(go: Failure, python: Failure) -> bool:
    return go.kind == python.kind and python.error.startswith(_ZSTD)


def _is_damaged_or_cut_zstd(go: Failure, python: Failure) -> bool:
    if (go.kind, python.kind) == ("TruncatedError", "CompressionError"):
        return python.error.startswith(_ZSTD)
    if (go.kind, python.kind) == ("CompressionError", "TruncatedError"):
        return python.error == "unexpected EOF" and not go.error.startswith(_NOT_ZSTD)
    return False


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
    Accepted(
        name="damaged-or-cut-zstd",
        reason="damage to zstd data can make a block end too early: one decoder calls that damage, "
        "the other an unexpected end",
        covers=_is_damaged_or_cut_zstd,
    ),
)
