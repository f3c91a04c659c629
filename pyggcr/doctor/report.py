"""The results of the doctor: findings with their places, archive by archive.

These are values only; ``sarif``, ``junit``, ``github`` and the command line present them.
"""

from __future__ import annotations

from pyggcr._dataclasses import dataclass, replace
from pyggcr.doctor.catalogue import CATALOGUE, SEVERITIES, Entry, Severity, at_least
from pyggcr.doctor.failures import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from pyggcr.doctor.outcomes import Outcome
    from pyggcr.tools.tool import Tool
else:
    from pyggcr._typing import Literal

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
        file: the path of the archive or the folder, or the location.
        entry: the name of a file in it; empty if the finding is not about one file.
        image: the tags of an image, or the beginning of its ID if it has no tag; empty if the
            finding is not about one image.
        layers: the numbers of layers of the image, from 0 (the base layer).
    """

    file: str
    entry: str = ""
    image: str = ""
    layers: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Describe the place without the archive: ``app:1, layers 0 and 2, manifest.json``."""
        parts = [self.image, _say_layers(self.layers), self.entry]
        return ", ".join(part for part in parts if part)

    def to_json(self) -> dict[str, Any]:
        """Convert the place for ``json.dumps``.

        Returns:
            The attributes; ``None`` for empty texts.
        """
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
        code: the code in the catalogue, such as ``PYG001``.
        severity: that of the catalogue; after ``met_by``, that for the given tools.
        place: where it is.
        message: what is wrong here, in a sentence.
        fails: which tools fail, and how.
        details: more facts for programs, such as both manifest digests: pairs of name and value.
        advice: what to do, if the remedy of the catalogue would not help here; else empty.
        known: whether a baseline contains it, so that it does not count.
        outcomes: what it means for each of the tools given to ``met_by``.
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
        """What to do, in a sentence: the advice, or else the remedy of the catalogue."""
        return self.advice or self.entry.remedy

    @property
    def entry(self) -> Entry:
        """The entry of the catalogue: name, meaning and remedy."""
        return CATALOGUE[self.code]

    @property
    def fails_in_words(self) -> tuple[str, ...]:
        """One line for each tool that fails, the tools given to ``met_by`` first."""
        outcomes = [str(outcome) for outcome in self.outcomes if outcome.status != "works"]
        return (*outcomes, *map(str, self.fails))

    def met_by(self, *tools: Tool) -> Finding:
        """Set the severity for tools: an error if one fails, a warning if one may, else an info.

        PYG023 (engine-too-old) and PYG040 (base-moved) are not about tools and stay as they are.

        Args:
            tools: the tools, such as ``pyggcr.tools.tool_named("trivy=0.48.3")``.

        Returns:
            The finding with that severity, and with one outcome for each tool.
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
        """Convert the finding for ``json.dumps``.

        Returns:
            The attributes, and the name, meaning and remedy; ``docs/doctor.md`` lists the keys.
        """
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
        path: the path of the archive or the folder, or the location.
        findings: the findings, in the order of their codes.
        reason: why the archive, or a part of it, could not be read; empty if all was read.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def readable(self) -> bool:
        """Whether the whole archive could be read."""
        return not self.reason

    def to_json(self) -> dict[str, Any]:
        """Convert the checkup for ``json.dumps``.

        Returns:
            The path, the findings, and why the archive could not be read.
        """
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
        fail_on: the lowest severity that counts; ``None`` if no finding counts for its severity.
        fail_codes: the codes of findings that count whatever their severity.
        compared: whether a baseline decided which findings are known.
        tools: the tools given to ``met_by``.
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
        """The result: ``unreadable`` if an archive is, ``findings`` if one counts, or ``clean``."""
        if not all(checkup.readable for checkup in self.checkups):
            return "unreadable"
        return "findings" if any(map(self.counts, self.findings)) else "clean"

    def counts(self, finding: Finding) -> bool:
        """Tell whether a finding makes the report fail.

        Args:
            finding: a finding of the report.

        Returns:
            Whether the finding is not known, and its severity or code counts.
        """
        if finding.known:
            return False
        by_severity = self.fail_on is not None and at_least(finding.severity, self.fail_on)
        return by_severity or finding.code in self.fail_codes

    @property
    def exit_code(self) -> int:
        """The exit code of the command: 0 if clean, 1 with findings, 2 if unreadable."""
        return _EXIT_CODES[self.status]

    def seen_by(self, tool: str, version: str) -> Report:
        """Set the severities for one version of a tool.

        Args:
            tool: a name in ``pyggcr.tools.table()``; ``crane`` and ``ggcr`` stand for
                go-containerregistry.
            version: such as ``0.18``.

        Returns:
            A new report, as ``met_by`` returns it.

        Raises:
            UnsupportedOptionError: the table has no such tool, or no such version of it.
        """
        from pyggcr.tools.table import tool_of_version

        return self.met_by(tool_of_version(tool, version))

    def met_by(self, *tools: Tool) -> Report:
        """Set the severities for tools: error if one fails, warning if one may fail, else info.

        Args:
            tools: the tools, such as ``pyggcr.tools.tool_named("trivy=0.48.3")``.

        Returns:
            A new report, whose findings have one outcome for each tool.
        """
        checkups = tuple(
            replace(checkup, findings=tuple(finding.met_by(*tools) for finding in checkup.findings))
            for checkup in self.checkups
        )
        return replace(self, checkups=checkups, tools=tools)

    def to_json(self) -> dict[str, Any]:
        """Convert the report for ``json.dumps``.

        Returns:
            The status, the settings and the checkups; ``docs/doctor.md`` lists the keys.
        """
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
