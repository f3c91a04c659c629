"""Convert a report to JUnit XML, the format in which CI servers read the results of tests.

Each archive is a suite, and each finding is a test of it: failed if the finding counts, else passed
with the text of the finding as its output. An archive that cannot be read is an error.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET  # only writes

from pyggcr.doctor.report import Checkup, Finding, Report, in_one_line

__all__ = ["to_junit"]


def to_junit(report: Report) -> bytes:
    """Convert a report to JUnit XML.

    Args:
        report: what ``pyggcr.doctor.diagnose`` returns.

    Returns:
        The XML document in UTF-8; its root is ``testsuites``.
    """
    suites = ET.Element("testsuites", name="pyggcr doctor")
    for checkup in report.checkups:
        suites.append(_suite(checkup, report))
    for count in ("tests", "failures", "errors"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ET.indent(suites)
    document: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _suite(checkup: Checkup, report: Report) -> ET.Element:
    cases = [_case(finding, report) for finding in checkup.findings]
    if not checkup.readable:
        case = _empty_case(checkup.path, "readable")
        ET.SubElement(case, "error", message=in_one_line(checkup.reason), type="unreadable")
        cases.append(case)
    elif not cases:
        cases.append(_empty_case(checkup.path, "nothing found"))
    suite = ET.Element("testsuite", name=in_one_line(checkup.path), tests=str(len(cases)))
    for kind in ("failure", "error"):
        suite.set(f"{kind}s", str(sum(case.find(kind) is not None for case in cases)))
    suite.set("skipped", "0")
    suite.set("time", "0")
    suite.extend(cases)
    return suite


def _case(finding: Finding, report: Report) -> ET.Element:
    where = str(finding.place)
    name = f"{finding.code} {finding.entry.name}" + (f" ({where})" if where else "")
    case = _empty_case(finding.place.file, name)
    lines = [f"{finding.severity}: {finding.message}"]
    lines += [f"fails: {text}" for text in finding.fails_in_words]
    text = "\n".join(map(in_one_line, [*lines, f"remedy: {finding.remedy}"]))
    if report.counts(finding):
        failure = ET.SubElement(
            case, "failure", message=in_one_line(finding.message), type=finding.code
        )
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = text
    return case


def _empty_case(path: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=in_one_line(path), name=in_one_line(name), time="0")
