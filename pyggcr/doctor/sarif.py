"""Convert a report to SARIF 2.1.0, the format in which code hosts and editors read findings.

The log has a rule for each code of the catalogue, a result for each finding, and a notification for
each archive that could not be read. Fingerprints do not depend on the folder of the archive.
"""

from __future__ import annotations

import os
import re
import urllib.parse

from pyggcr._version import __version__
from pyggcr.doctor.baseline import fingerprint
from pyggcr.doctor.catalogue import CATALOGUE, Entry, Severity
from pyggcr.doctor.report import Checkup, Finding, Report, in_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["notification", "result", "to_sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: dict[Severity, str] = {"info": "note", "warning": "warning", "error": "error"}
_FINGERPRINT = "pyggcrFinding/v2"
_CODES = list(CATALOGUE)
# Of a Docker daemon, in place of a path.
_ADDRESS = re.compile(r"(unix|tcp|https?)://")


def to_sarif(report: Report) -> dict[str, Any]:
    """Convert a report to a SARIF log.

    Args:
        report: what ``pyggcr.doctor.diagnose`` returns.

    Returns:
        The log (``sarifLog`` of SARIF 2.1.0), ready for ``json.dumps``.

    >>> from pyggcr.doctor import Checkup, Report
    >>> to_sarif(Report((Checkup("app.tar"),)))["version"]
    '2.1.0'
    """
    unreadable = [checkup for checkup in report.checkups if not checkup.readable]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "pyggcr doctor",
                        "version": __version__,
                        "rules": [_rule(entry) for entry in CATALOGUE.values()],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not unreadable,
                        "exitCode": report.exit_code,
                        "toolExecutionNotifications": [notification(each) for each in unreadable],
                    }
                ],
                "results": [result(finding, report.compared) for finding in report.findings],
            }
        ],
    }


def _rule(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.code,
        "name": _pascal_case(entry.name),
        "shortDescription": {"text": entry.name.replace("-", " ")},
        "fullDescription": {"text": entry.meaning},
        "help": {"text": entry.remedy},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
    }


def result(finding: Finding, compared: bool) -> dict[str, Any]:
    """Convert a finding to a SARIF result.

    Args:
        finding: the finding.
        compared: whether a baseline decided which findings are known. Only then does the result
            have a ``baselineState``.

    Returns:
        The result (``result`` of SARIF 2.1.0), ready for ``json.dumps``.
    """
    lines = [finding.message, *(f"Fails: {text}" for text in finding.fails_in_words)]
    lines.append(f"Remedy: {finding.remedy}")
    state = {"baselineState": "unchanged" if finding.known else "new"} if compared else {}
    return {
        **state,
        "ruleId": finding.code,
        "ruleIndex": _CODES.index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(map(in_one_line, lines))},
        "locations": [_location(finding)],
        "partialFingerprints": {_FINGERPRINT: fingerprint(finding)},
        "properties": {
            "details": {name: _scalar(value) for name, value in finding.details},
            "tools": [outcome.to_json() for outcome in finding.outcomes],
        },
    }


def _location(finding: Finding) -> dict[str, Any]:
    place = finding.place
    location: dict[str, Any] = {"physicalLocation": _physical(place.file)}
    if str(place):
        location["logicalLocations"] = [
            {"fullyQualifiedName": in_one_line(str(place)), "kind": "resource"}
        ]
    return location


def _physical(path: str) -> dict[str, Any]:
    # An archive has no lines, but code hosts want one.
    return {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": 1}}


def notification(checkup: Checkup) -> dict[str, Any]:
    """Convert the checkup of an archive that could not be read to a SARIF notification.

    Args:
        checkup: the checkup; its ``reason`` is the text.

    Returns:
        The notification (``notification`` of SARIF 2.1.0), ready for ``json.dumps``.
    """
    return {
        "level": "error",
        "message": {"text": in_one_line(f"cannot be read: {checkup.reason}")},
        "locations": [{"physicalLocation": _physical(checkup.path)}],
    }


def _uri(path: str) -> str:
    """A path as a reference: relative stays relative, so that a code host finds it."""
    if _ADDRESS.match(path):
        return urllib.parse.quote(path, safe="/:@[]")
    absolute = path.startswith("/")
    quoted = urllib.parse.quote(os.fsencode(path))
    # "a:b" would be taken for a scheme.
    return f"file://{quoted}" if absolute else quoted.replace(":", "%3A")


def _scalar(text: str) -> str:
    """The text without lone surrogates, which JSON outside of Python cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))
