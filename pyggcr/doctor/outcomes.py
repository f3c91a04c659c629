"""How a tool fares with a finding: whether it fails, and from which of its versions on it works."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass
from pyggcr.doctor.failures import GO_CONTAINERREGISTRY, Failure
from pyggcr.tools.known import LIBRARY
from pyggcr.tools.module_versions import VersionRange, numbers_of
from pyggcr.tools.table import table
from pyggcr.tools.tool import Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal
else:
    from pyggcr._typing import Literal


__all__ = ["Outcome", "outcome_of"]

Status = Literal["fails", "works", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finding means for one tool.

    Attributes:
        tool: as it was built.
        status: whether it fails; ``unknown`` where only some of the versions that it may be do.
        failures: what happens to it, or may happen.
        works_from: the first release in the table, of the tool or else of the library, from which
            on all work; ``None`` if it works already, or if none does.
    """

    tool: Tool
    status: Status
    failures: tuple[Failure, ...] = ()
    works_from: Tool | None = None

    def __str__(self) -> str:
        """In a line, such as ``trivy 0.48.3 (go-containerregistry 0.17.0): unknown blob …``."""
        texts = dict.fromkeys(failure.text or failure.effect for failure in self.failures)
        said = " or ".join(texts)
        if self.status == "unknown":
            said = f"may fail: {said}"
        parts = [f"{self.tool}, with {self.tool.embeds}: {said}" if said else f"{self.tool} works"]
        if self.works_from is not None:
            first = self.works_from
            embeds = "" if first.name == LIBRARY else f" ({first.embeds})"
            parts.append(f"{first.name} works from {first.version} on{embeds}")
        elif self.status == "fails":
            parts.append(f"no version in the table of {table().date} works")
        return "; ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """The outcome, ready for ``json.dumps``."""
        return {
            "tool": self.tool.name,
            "version": self.tool.version or None,
            "path": self.tool.path or None,
            "go_containerregistry": self.tool.library or None,
            "status": self.status,
            "texts": [failure.text or failure.effect for failure in self.failures],
            "works_from": None
            if self.works_from is None
            else {
                "tool": self.works_from.name,
                "version": self.works_from.version,
                "go_containerregistry": self.works_from.library,
            },
        }


def outcome_of(tool: Tool, failures: tuple[Failure, ...]) -> Outcome:
    """What failures of a finding mean for a tool."""
    own = tuple(failure for failure in failures if failure.tool == GO_CONTAINERREGISTRY)
    status = _status(tool.releases, own)
    if status == "works":
        return Outcome(tool, status)
    known = tool.releases.is_known
    met = tuple(it for it in own if not known or _happens(tool.releases, it) != (False, False))
    return Outcome(tool, status, met, _works_from(tool, own))


def _happens(releases: VersionRange, failure: Failure) -> tuple[bool, bool]:
    """Whether a failure happens at both ends of a range."""
    return releases.low in failure.versions, releases.high in failure.versions


def _status(releases: VersionRange, failures: tuple[Failure, ...]) -> Status:
    if not failures:
        return "works"
    if not releases.is_known:
        return "unknown"
    happening = [_happens(releases, failure) for failure in failures]
    ends = any(low for low, _ in happening), any(high for _, high in happening)
    return "unknown" if ends[0] != ends[1] else "fails" if ends[0] else "works"


def _works_from(tool: Tool, failures: tuple[Failure, ...]) -> Tool | None:
    """The oldest release that is newer than the tool, and works as all do that are newer still."""
    releases = table().tools.get(tool.name, table().tools[LIBRARY])
    own = tool.version if tool.name in table().tools else tool.releases.low
    after = numbers_of(own.partition("-")[0]) if own else ()
    found = None
    for release in reversed(releases):
        works = _status(release.releases, failures) == "works"
        if not works or numbers_of(release.version) <= after:
            break
        found = release
    return found
