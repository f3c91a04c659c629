"""Findings that are known: a file of fingerprints, so that only new findings fail a pipeline.

A fingerprint does not depend on the folder of an archive, on the order of findings, or on digests,
which are others after each build. So the same problem in an image that was built anew is known, and
several findings can have one fingerprint: the file says how many.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Mapping

from pyggcr._dataclasses import dataclass, replace
from pyggcr.doctor.report import Checkup, Finding, Report, in_one_line
from pyggcr.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Baseline", "fingerprint", "parse_baseline", "serialized_baseline"]

_VERSION = 1
_KIND = "pyggcr doctor baseline"
_MOST_BYTES = 64 << 20

# Digests, beginnings of image IDs, and commits that tags are named after.
_HEX = re.compile(r"(?<![0-9a-z])[0-9a-f]{12,}(?![0-9a-z])")


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often each finding is known, by its fingerprint."""

    known: Mapping[str, int]

    def applied(self, report: Report) -> tuple[Report, int]:
        """The report with findings marked as known, and how many of the known ones are gone."""
        left = Counter(self.known)

        def marked(finding: Finding) -> Finding:
            own = fingerprint(finding)
            if left[own] <= 0:
                return finding
            left[own] -= 1
            return replace(finding, known=True)

        checkups: list[Checkup] = [
            replace(checkup, findings=tuple(map(marked, checkup.findings)))
            for checkup in report.checkups
        ]
        return replace(report, checkups=tuple(checkups), compared=True), left.total()


def fingerprint(finding: Finding) -> str:
    """The same for the same finding in an archive of the same name, wherever that lies."""
    archive = os.path.basename(finding.place.file.rstrip("/"))  # noqa: PTH119
    parts = (finding.code, archive, _HEX.sub("", str(finding.place)))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def serialized_baseline(report: Report) -> bytes:
    """The file that makes all findings of a report known; equal reports give equal bytes."""
    counts: Counter[str] = Counter()
    described: dict[str, dict[str, Any]] = {}
    for finding in report.findings:
        own = fingerprint(finding)
        counts[own] += 1
        archive = os.path.basename(finding.place.file.rstrip("/"))  # noqa: PTH119
        # For those who read the file; only fingerprint and count are read again.
        entry = {
            "fingerprint": own,
            "count": 0,
            "code": finding.code,
            "name": finding.entry.name,
            "archive": in_one_line(archive),
            "place": in_one_line(_HEX.sub("…", str(finding.place))),
        }
        described.setdefault(own, entry)
    findings = [{**entry, "count": counts[own]} for own, entry in described.items()]
    findings.sort(key=lambda entry: (entry["archive"], entry["code"], entry["fingerprint"]))
    document = {"kind": _KIND, "version": _VERSION, "findings": findings}
    return (json.dumps(document, indent=2) + "\n").encode()


def parse_baseline(data: bytes) -> Baseline:
    """What ``serialized_baseline`` wrote.

    Raises:
        ConfigurationError: it is no such file.
    """
    if len(data) > _MOST_BYTES:
        raise ConfigurationError(f"not a baseline: larger than {_MOST_BYTES} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigurationError("not a baseline: no JSON") from None
    if not isinstance(document, dict) or document.get("kind") != _KIND:
        raise ConfigurationError("not a baseline: pyggcr doctor --write-baseline makes one")
    if document.get("version") != _VERSION:
        raise ConfigurationError("a baseline of another version of pyggcr; write it again")
    findings = document.get("findings")
    if not isinstance(findings, list):
        raise ConfigurationError("not a baseline: its findings are no list")
    known: Counter[str] = Counter()
    for entry in findings:
        own, count = (
            (entry.get("fingerprint"), entry.get("count"))
            if isinstance(entry, dict)
            else (None, None)
        )
        if not isinstance(own, str) or type(count) is not int or count < 1:
            raise ConfigurationError("not a baseline: a finding has no fingerprint or no count")
        known[own] += count
    return Baseline(known)
