"""The jobs that people wait for: validate, digest, layers and inspect, from the shell."""

from __future__ import annotations

from typing import Any

from benchmarks.corpus.archives import FORMS, image_archive
from benchmarks.parts.contestants import contestants
from benchmarks.runner.contest import Contest, Effort
from benchmarks.runner.report import say

__all__ = ["VERBS", "measure"]

VERBS = ("validate", "digest", "layers", "inspect")

_SIZE = 400_000_000
_QUICK_SIZE = 20_000_000


def measure(*, quick: bool, missing: dict[str, str]) -> list[dict[str, Any]]:
    """A contest for each job and form of archive."""
    found = []
    for form in FORMS:
        archive = image_archive(form, _QUICK_SIZE if quick else _SIZE)
        for verb in VERBS:
            # Only the first two have bars.
            full = Effort(7) if verb in ("validate", "digest") else Effort(2)
            effort = Effort(3, 20) if quick else full
            name = f"{verb}, {form} layers"
            say(name)
            rivals = contestants(verb, archive, form, missing)
            facts = {"verb": verb, "form": form, "bytes": archive.stat().st_size}
            found.append(Contest(name, rivals, facts).hold(effort))
    return found
