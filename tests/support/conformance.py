"""The OCI distribution conformance suites: Go programs that ask a registry, and report."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from support.go_programs import SOURCES

__all__ = ["build", "counted", "results"]

_PACKAGE = "github.com/opencontainers/distribution-spec/conformance"
# By year: that of November 2023 is a test, that of August 2026 a program.
_COMMANDS = {"2023": ("test", "-c"), "2026": ("build",)}


def build(year: str, target: Path) -> None:
    """Build a suite; its sources come from the Go module proxy, as go.sum knows them."""
    command = ["go", *_COMMANDS[year], "-o", target, _PACKAGE]
    subprocess.run(command, cwd=SOURCES / f"conformance{year}", check=True)


def results(program: Path, year: str, host: str, folder: Path) -> Counter[tuple[str, str]]:
    """Run a suite against a registry.

    Returns:
        Counter: how often each test (some have one name) ended how: ``passed``, ``failed``
        or ``skipped``.
    """
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, **_SETTINGS[year](host, folder)}
    subprocess.run(
        [program], env=environment, cwd=folder, capture_output=True, timeout=300, check=False
    )
    report = ET.parse(folder / "junit.xml")
    return Counter((str(it.get("name")), _status_of(it)) for it in report.iter("testcase"))


def counted(found: Counter[tuple[str, str]]) -> dict[str, int]:
    """How many tests ended in each way."""
    counts: Counter[str] = Counter()
    for (_, status), number in found.items():
        counts[status] += number
    return dict(counts)


def _settings_of_2023(host: str, folder: Path) -> dict[str, str]:
    parts = ("PULL", "PUSH", "CONTENT_DISCOVERY", "CONTENT_MANAGEMENT")
    return {
        "OCI_ROOT_URL": f"http://{host}",
        "OCI_NAMESPACE": "conformance/one",
        "OCI_CROSSMOUNT_NAMESPACE": "conformance/two",
        "OCI_REPORT_DIR": str(folder),
        **{f"OCI_TEST_{part}": "1" for part in parts},
    }


def _settings_of_2026(host: str, folder: Path) -> dict[str, str]:
    return {
        "OCI_REGISTRY": host,
        "OCI_TLS": "disabled",
        "OCI_REPO1": "conformance/one",
        "OCI_REPO2": "conformance/two",
        "OCI_RESULTS_DIR": str(folder),
        "OCI_VERSION": "1.1",
    }


_SETTINGS: dict[str, Callable[[str, Path], dict[str, str]]] = {
    "2023": _settings_of_2023,
    "2026": _settings_of_2026,
}


def _status_of(case: ET.Element) -> str:
    status = case.get("status")
    if status:
        return "failed" if status == "failure" else status
    for it, ended in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        if case.find(it) is not None:
            return ended
    return "passed"
