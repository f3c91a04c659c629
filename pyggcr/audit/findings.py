"""Rows as reports of the doctor, for what the doctor can do with those: tools, policies, SARIF."""

from __future__ import annotations

from pyggcr._dataclasses import replace
from pyggcr.audit.documents import row_finding
from pyggcr.audit.rows import Row, RowFailure, RowFinding
from pyggcr.doctor.failures import GO_CONTAINERREGISTRY, Failure
from pyggcr.doctor.report import Checkup, Finding, Place, Report
from pyggcr.doctor.versions import parse_versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.tools import Tool

__all__ = ["checkup_of", "met_by", "report_of"]


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


def met_by(row: Row, *tools: Tool) -> Row:
    """The row with severities as tools meet its findings, and with the tools that fail.

    Args:
        row: of an image.
        tools: such as ``pyggcr.tools.tool_named("trivy=0.48.3")``.
    """
    report = Report((checkup_of(row),)).met_by(*tools)
    return replace(row, findings=tuple(map(_with_outcomes, report.findings)))


def _with_outcomes(found: Finding) -> RowFinding:
    made = row_finding(found)
    fails = tuple(
        RowFailure(
            outcome.tool.name,
            outcome.tool.version or outcome.tool.path,
            " or ".join(dict.fromkeys(it.text or it.effect for it in outcome.failures)),
        )
        for outcome in found.outcomes
        if outcome.status == "fails" and outcome.tool.name != GO_CONTAINERREGISTRY
    )
    return replace(made, fails=(*made.fails, *fails))
