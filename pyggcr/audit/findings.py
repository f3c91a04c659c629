"""Rows as reports of the doctor, for what the doctor can do with those: tools, policies, SARIF."""

from __future__ import annotations

from pyggcr._dataclasses import replace
from pyggcr.audit.documents import row_finding
from pyggcr.audit.rows import Row
from pyggcr.doctor.failures import Failure
from pyggcr.doctor.report import Checkup, Finding, Place, Report
from pyggcr.doctor.versions import parse_versions

__all__ = ["checkup_of", "report_of", "seen_by"]


def checkup_of(row: Row) -> Checkup:
    """What the doctor would say of the image."""
    findings = tuple(
        Finding(
            code=it.code,
            severity=it.severity,
            place=Place(row.reference, it.entry, row.platform, it.layers),
            message=it.message,
            fails=tuple(
                Failure(one.tool, parse_versions(one.versions), one.text, one.effect)
                for one in it.fails
            ),
            advice=it.advice,
        )
        for it in row.findings
    )
    return Checkup(row.reference, findings, row.error.message if row.error is not None else "")


def report_of(row: Row, like: Report) -> Report:
    """A report of one image, under the policy of another report."""
    return replace(like, checkups=(checkup_of(row),))


def seen_by(row: Row, tool: str, version: str) -> Row:
    """The row with severities as a version of a tool sees them; see ``Report.seen_by``.

    Raises:
        UnsupportedOptionError: too little is known of the tool.
        ValueError: the version is none.
    """
    report = Report((checkup_of(row),)).seen_by(tool, version)
    return replace(row, findings=tuple(map(row_finding, report.findings)))
