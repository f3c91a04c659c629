"""Writes a finding down: a small archive that shows it, and a report for people and programs.

Each finding gets a folder of its own, which is renamed into place once it is complete:
``archive.tar``, ``report.json`` and ``report.txt``.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import platform
import re
import shutil
import tempfile
from pathlib import Path

from pyggcr._dataclasses import asdict, dataclass, replace
from pyggcr.differential.campaign import Campaign, Case, Finding, finding_of
from pyggcr.differential.generate.cases import Recipe, make_recipe
from pyggcr.differential.shrinking import BUDGET, Shrinker
from pyggcr.differential.workers import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Report", "make_report", "versions", "write_report"]

ARCHIVE = "archive.tar"
REPORT_JSON = "report.json"
REPORT_TEXT = "report.txt"

# Larger archives are reported as they are: each try would take long.
_LARGEST_TO_SHRINK = 4 << 20


@dataclass(frozen=True, slots=True)
class Report:
    """A finding and the smallest archive that showed it.

    Attributes:
        finding: as the small archive shows it.
        archive: its bytes.
        size: of the archive that it was found with.
        damages: what was done to it, ``operator:seed``; of a made one.
        tried: how many archives were tried to make it small.
        repeat: the command that makes the case again, whole.
    """

    finding: Finding
    archive: bytes
    size: int
    damages: tuple[str, ...]
    tried: int
    repeat: str

    def to_json(self) -> dict[str, Any]:
        """The report as a document."""
        first = self.finding.first
        return {
            "kind": self.finding.kind,
            "case": self.finding.case.name,
            "seed": self.finding.case.seed,
            "path": self.finding.case.path,
            "repeat": self.repeat,
            "damages": list(self.damages),
            "tag": self.finding.tag,
            "first": asdict(first) if first else None,
            "differences": self.finding.differences,
            "said": self.finding.said,
            "size": self.size,
            "shrunk_to": len(self.archive),
            "tried": self.tried,
            "versions": versions(),
        }

    def to_text(self) -> str:
        """The report for people."""
        finding, first = self.finding, self.finding.first
        facts = [("finding", finding.kind), ("case", finding.case.name)]
        if first:
            facts += [
                ("tag", finding.tag),
                ("first call", first.where),
                ("go says", f"{first.go_class} {first.go}".strip()),
                ("python says", f"{first.python_class} {first.python}".strip()),
                ("differences", str(finding.differences)),
            ]
        else:
            facts.append(("said", finding.said))
        facts += [
            ("archive", f"{len(self.archive)} bytes, from {self.size} ({self.tried} tries)"),
            ("damage", ", ".join(self.damages) or "none"),
            ("repeat", self.repeat),
            *versions().items(),
        ]
        return "".join(f"{name + ':':24}{value}\n" for name, value in facts)


def make_report(
    finding: Finding, campaign: Campaign, *, seed: int | None = None, budget: float = BUDGET
) -> Report:
    """Shrink the archive of a finding, in a worker of its own, and report what is left.

    Args:
        finding: what a campaign found.
        campaign: how it was run.
        seed: that of the campaign, for the command that repeats the case.
        budget: how long shrinking may take, in seconds.
    """
    recipe = make_recipe(finding.case.seed) if finding.case.seed else None
    whole = recipe.archive() if recipe else Path(finding.case.path).read_bytes()
    with Workers(1, campaign.judge) as workers:
        scratch = Path(workers.folder, "shrinking.tar")
        latest = finding

        def still(data: bytes) -> bool:
            nonlocal latest
            scratch.write_bytes(data)
            case = Case(finding.case.name, path=str(scratch), more=finding.case.more)
            seen = finding_of(case, workers.ask(case.task(campaign.limit, campaign.gzip_profile)))
            if seen is None or seen.key != finding.key:
                return False
            latest = replace(seen, case=finding.case)
            return True

        shrinker = Shrinker(still, budget)
        small = _shrink(shrinker, recipe, whole, finding.kind)
    return Report(
        finding=latest,
        archive=small,
        size=len(whole),
        damages=tuple(str(damage) for damage in recipe.damages) if recipe else (),
        tried=shrinker.tried,
        repeat=_repeat(finding.case, seed),
    )


def _shrink(shrinker: Shrinker, recipe: Recipe | None, whole: bytes, kind: str) -> bytes:
    # A leak is told by the process, not by the archive alone; and what does not show again in a
    # fresh process would only become another thing when shrunk.
    if kind == "leak" or len(whole) > _LARGEST_TO_SHRINK or not shrinker.still(whole):
        return whole
    if recipe:
        whole = shrinker.recipe(recipe).archive()
    return shrinker.archive(whole)


def write_report(report: Report, folder: str | os.PathLike[str]) -> Path:
    """Write a report into a new folder below ``folder``; where it is.

    Raises:
        OSError: it cannot be written.
    """
    parent = Path(folder)
    parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".report-", dir=parent))
    try:
        scratch.joinpath(ARCHIVE).write_bytes(report.archive)
        document = json.dumps(report.to_json(), indent=2) + "\n"
        scratch.joinpath(REPORT_JSON).write_text(document, "ascii")
        text = report.to_text().encode("utf-8", "backslashreplace")
        scratch.joinpath(REPORT_TEXT).write_bytes(text)
        scratch.chmod(0o755)
        return _moved(scratch, parent / _name(report.finding))
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def versions() -> dict[str, str]:
    """What made the answers: the versions of pyggcr, Python, Go and go-containerregistry."""
    from pyggcr._version import __version__
    from pyggcr.engine import engines

    go = engines()["go"]
    return {
        "pyggcr": __version__,
        "python": platform.python_version(),
        "go": go.go_version,
        "go-containerregistry": go.go_containerregistry,
        "gzip profile": go.gzip_profile,
        "machine": platform.platform(),
    }


def _moved(scratch: Path, wanted: Path) -> Path:
    """Rename the folder to the wanted name or, where that is taken, to one with a number."""
    for number in itertools.count(1):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            return scratch.replace(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
    raise AssertionError("unreachable: numbers do not end")


def _name(finding: Finding) -> str:
    what = finding.first.where if finding.first else finding.kind
    return re.sub(r"[^\w.-]+", "-", f"{Path(finding.case.name).name}-{what}").strip("-.")


def _repeat(case: Case, seed: int | None) -> str:
    if case.path:
        return f"pyggcr differential {case.path}"
    return f"pyggcr differential --generate 1 --seed {seed} --case {case.name}"
