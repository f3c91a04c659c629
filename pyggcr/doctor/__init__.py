"""Find what is wrong with an archive, which tools fail on it, with which text, and what to do.

``diagnose`` returns a ``Report``, ``repair`` writes an archive that every tool reads,
``check_engine`` checks a running Docker daemon, and ``CATALOGUE`` lists all kinds of findings by
their codes. ``pyggcr.doctor.sarif``, ``junit`` and ``github`` convert reports. There is no Go
counterpart.
"""

from __future__ import annotations

from pyggcr.doctor.catalogue import CATALOGUE, SEVERITIES, Entry, Severity
from pyggcr.doctor.diagnosis import diagnose, diagnose_all
from pyggcr.doctor.engine_check import EngineCheck, check_engine
from pyggcr.doctor.failures import Failure
from pyggcr.doctor.repair import Repaired, RepairedImage, repair
from pyggcr.doctor.report import Checkup, Finding, Place, Report
from pyggcr.doctor.versions import Versions

__all__ = [
    "CATALOGUE",
    "SEVERITIES",
    "Checkup",
    "EngineCheck",
    "Entry",
    "Failure",
    "Finding",
    "Place",
    "Repaired",
    "RepairedImage",
    "Report",
    "Severity",
    "Versions",
    "check_engine",
    "diagnose",
    "diagnose_all",
    "repair",
]
