"""Which findings count: a severity from which on they do, and codes that do whatever they are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pyggcr._dataclasses import replace
from pyggcr.doctor.catalogue import CATALOGUE, SEVERITIES, Severity
from pyggcr.doctor.report import Report
from pyggcr.errors import UnsupportedOptionError

__all__ = ["NEVER", "failing_on"]

NEVER = "never"  # no finding counts


def failing_on(report: Report, words: Iterable[str]) -> Report:
    """The report with the findings that count chosen by words of ``--fail-on``.

    Args:
        report: any.
        words: severities, of which there may be one; codes or names of findings; ``never``. Each
            word may be several with commas between them. Without a severity only the codes count.

    Raises:
        UnsupportedOptionError: a word is none of these.
    """
    severity: Severity | None = None
    codes: list[str] = []
    never = False
    for word in (part.strip() for text in words for part in text.split(",")):
        if word == NEVER:
            never = True
        elif word in SEVERITIES:
            if severity is not None:
                raise UnsupportedOptionError("one severity is enough: it counts from there on")
            severity = word
        else:
            codes.append(_code(word))
    if never and (severity is not None or codes):
        raise UnsupportedOptionError("never stands alone")
    return replace(report, fail_on=severity, fail_codes=tuple(dict.fromkeys(codes)))


def _code(word: str) -> str:
    if word.upper() in CATALOGUE:
        return word.upper()
    names = {entry.name: entry.code for entry in CATALOGUE.values()}
    if word in names:
        return names[word]
    near = difflib.get_close_matches(word, [*SEVERITIES, NEVER, *names, *CATALOGUE], 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnsupportedOptionError(f"{word!r} is no severity, code or name of a finding{hint}")
