"""What the doctor says: findings with their places, archive by archive. Values only.

How a report looks elsewhere is ``sarif``'s, ``junit``'s and the command line's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pyggcr._dataclasses import dataclass, replace
from pyggcr.doctor.catalogue import CATALOGUE, SEVERITIES, Entry, Severity, at_least
from pyggcr.doctor.failures import Failure

if TYPE_CHECKING:
    from pyggcr.doctor.outcomes import Outcome
    from pyggcr.tools.tool import Tool

__all__ = ["Checkup", "Finding", "Place", "Report", "Status", "finding", "in_one_line"]

Status = Literal["clean", "findings", "unreadable"]

_EXIT_CODES: dict[Status, int] = {"clean": 0, "findings": 1, "unreadable": 2}

_SEVERITY_OF: dict[str, Severity] = {"fails": "error", "unknown": "warning", "works": "info"}

_ASKED_FOR = ("PYG023", "PYG040")  # engine-too-old, base-moved


def in_one_line(text: str) -> str:
    r"""The text with what is not printable as Python writes it, so that no name can pose as a line.

    >>> in_one_line("a\x1b\nremedy: none")
    'a\\x1b\\nremedy: none'
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is.

    Attributes:
        file: the archive or the folder.
        entry: the name of a file in it.
        image: the tags of an image, or its ID where it has none; empty if it is about no image.
        layers: numbers of layers of the image, from 0 (the base layer).
    """

    file: str
    entry: str = ""
    image: str = ""
    layers: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Such as ``app:1, layers 0 and 2, manifest.json``; the archive is left out."""
        parts = [self.image, _say_layers(self.layers), self.entry]
        return ", ".join(part for part in parts if part)

    def to_json(self) -> dict[str, Any]:
        """The place, ready for ``json.dumps``."""
        return {
            "file": self.file,
            "entry": self.entry or None,
            "image": self.image or None,
            "layers": list(self.layers),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes:
        code: which of the catalogue.
        severity: that of the catalogue, or as a certain version of a tool sees it.
        place: where it is.
        message: what it is here, in a sentence.
        fails: who stumbles over it.
        details: more facts for programs, such as both manifest digests; names with values.
        advice: what to do, where the remedy of the catalogue would not help.
        known: whether a baseline has it, so that it does not count.
        outcomes: what it means for the tools that were asked for.
    """

    code: str
    severity: Severity
    place: Place
    message: str
    fails: tuple[Failure, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    advice: str = ""
    known: bool = False
    outcomes: tuple[Outcome, ...] = ()

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence."""
        return self.advice or self.entry.remedy

    @property
    def entry(self) -> Entry:
        """What the catalogue says of it: name, meaning, remedy."""
        return CATALOGUE[self.code]

    @property
    def fails_in_words(self) -> tuple[str, ...]:
        """Who fails, in a line each: first the tools that were asked for."""
        outcomes = [str(outcome) for outcome in self.outcomes if outcome.status != "works"]
        return (*outcomes, *map(str, self.fails))

    def met_by(self, *tools: Tool) -> Finding:
        """The finding as tools meet it: an error if one fails, a warning if one may, else an info.

        What the user has asked for, a newer engine or base, no tool has a say in.
        """
        from pyggcr.doctor.outcomes import outcome_of

        if self.code in _ASKED_FOR:
            return self
        outcomes = tuple(outcome_of(tool, self.fails) for tool in tools)
        severity: Severity = max(
            (_SEVERITY_OF[outcome.status] for outcome in outcomes),
            key=SEVERITIES.index,
            default="info",
        )
        return replace(self, severity=severity, outcomes=outcomes)

    def to_json(self) -> dict[str, Any]:
        """The finding, ready for ``json.dumps``."""
        return {
            "code": self.code,
            "name": self.entry.name,
            "severity": self.severity,
            "known": self.known,
            "message": self.message,
            "place": self.place.to_json(),
            "fails": [
                {
                    "tool": failure.tool,
                    "versions": str(failure.versions),
                    "text": failure.text or None,
                    "effect": failure.effect or None,
                }
                for failure in self.fails
            ],
            "tools": [outcome.to_json() for outcome in self.outcomes],
            "meaning": self.entry.meaning,
            "remedy": self.remedy,
            "details": dict(self.details),
        }


def finding(
    code: str,
    place: Place,
    message: str,
    *fails: Failure,
    details: dict[str, str] | None = None,
    advice: str = "",
) -> Finding:
    """A finding with the severity that the catalogue gives it."""
    severity = CATALOGUE[code].severity
    return Finding(code, severity, place, message, fails, tuple((details or {}).items()), advice)


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found in one archive.

    Attributes:
        path: the archive or the folder.
        findings: in the order of their codes.
        reason: why it could not be read, or not all of it; empty if it could.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def readable(self) -> bool:
        """Whether it could be read."""
        return not self.reason

    def to_json(self) -> dict[str, Any]:
        """The checkup, ready for ``json.dumps``."""
        return {
            "path": self.path,
            "readable": self.readable,
            "reason": self.reason or None,
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in all archives.

    Attributes:
        checkups: one for each archive.
        fail_on: the severity from which on a finding counts; ``None`` if none does for that.
        fail_codes: codes of findings that count, whatever their severity.
        compared: whether a baseline says which findings are known.
        tools: those that were asked for.
    """

    checkups: tuple[Checkup, ...]
    fail_on: Severity | None = "warning"
    fail_codes: tuple[str, ...] = ()
    compared: bool = False
    tools: tuple[Tool, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all archives."""
        return tuple(finding for checkup in self.checkups for finding in checkup.findings)

    @property
    def status(self) -> Status:
        """``unreadable`` if an archive is, else whether there is a finding that counts."""
        if not all(checkup.readable for checkup in self.checkups):
            return "unreadable"
        return "findings" if any(map(self.counts, self.findings)) else "clean"

    def counts(self, finding: Finding) -> bool:
        """Whether a finding makes the report fail."""
        if finding.known:
            return False
        by_severity = self.fail_on is not None and at_least(finding.severity, self.fail_on)
        return by_severity or finding.code in self.fail_codes

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 unreadable."""
        return _EXIT_CODES[self.status]

    def seen_by(self, tool: str, version: str) -> Report:
        """The report with severities as a version of a tool meets the findings.

        Args:
            tool: one of ``pyggcr.tools.table()``; ``crane`` and ``ggcr`` are go-containerregistry.
            version: such as ``0.18``.

        Raises:
            UnsupportedOptionError: nothing is known of the tool, or of that version of it.
        """
        from pyggcr.tools.table import tool_of_version

        return self.met_by(tool_of_version(tool, version))

    def met_by(self, *tools: Tool) -> Report:
        """The report with severities as tools meet the findings.

        A finding is an error if one of the tools fails, a warning if one may fail, else an info.

        Args:
            tools: such as ``pyggcr.tools.tool_named("trivy=0.48.3")``.
        """
        checkups = tuple(
            replace(checkup, findings=tuple(finding.met_by(*tools) for finding in checkup.findings))
            for checkup in self.checkups
        )
        return replace(self, checkups=checkups, tools=tools)

    def to_json(self) -> dict[str, Any]:
        """The report, ready for ``json.dumps``."""
        return {
            "status": self.status,
            "exit_code": self.exit_code,
            "fail_on": self.fail_on,
            "fail_codes": list(self.fail_codes),
            "tools": [tool.to_json() for tool in self.tools],
            "archives": [checkup.to_json() for checkup in self.checkups],
        }


def _say_layers(layers: tuple[int, ...]) -> str:
    if not layers:
        return ""
    if len(layers) == 1:
        return f"layer {layers[0]}"
    if layers == tuple(range(layers[0], layers[-1] + 1)):
        return f"layers {layers[0]} to {layers[-1]}"
    return f"layers {', '.join(map(str, layers[:-1]))} and {layers[-1]}"
