"""Recordings as files, and what differs between two.

The whole recording is JSON Lines: a head, then a line for each case and group with its answers.
The compact one, in tests/data/recorded, keeps a hash of them: it tells which answer has changed,
not how. ``accepted.json`` beside it lists the differences that are wanted, each with its reason.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.recording.normalising import DATA

__all__ = [
    "ACCEPTED",
    "COMPACT",
    "Comparison",
    "Difference",
    "Recording",
    "compare_case",
    "count",
    "read",
    "write",
    "write_compact",
]

Groups = dict[str, dict[str, Any]]

COMPACT = DATA / "recorded" / "answers.json.gz"
ACCEPTED = DATA / "recorded" / "accepted.json"
_DIGITS = 16
_HASH = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_MISSING = "(no answer)"


@dataclass
class Recording:
    """Answers by case and group; of a compact one, their hashes.

    Attributes:
        head: the commit, and what the answers depend on beside it.
    """

    head: dict[str, Any]
    cases: dict[str, dict[str, Any]]

    def keys(self) -> list[str]:
        """The key of each answer."""
        return [f"{case}/{group}" for case, groups in self.cases.items() for group in groups]


def digest(answers: Any) -> str:
    """What the compact recording keeps of an answer."""
    text = json.dumps(answers, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def count(groups: Groups) -> int:
    """How many answers there are in the groups of a case."""
    return sum(map(len, groups.values()))


def write(path: Path, recording: Recording) -> None:
    """Write a whole recording."""
    with path.open("w", encoding="ascii") as file:
        file.write(json.dumps({"head": recording.head}) + "\n")
        for case in sorted(recording.cases):
            for group, answers in recording.cases[case].items():
                row = {"case": case, "group": group, "answers": answers}
                file.write(json.dumps(row, sort_keys=True) + "\n")


def write_compact(path: Path, recording: Recording) -> None:
    """Write the hashes of a whole recording."""
    cases = {
        case: {group: digest(answers) for group, answers in sorted(groups.items())}
        for case, groups in sorted(recording.cases.items())
    }
    text = json.dumps({"head": recording.head, "cases": cases}, indent=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def read(path: Path) -> Recording:
    """Read a recording of either form."""
    if path.suffix == ".gz":
        document = json.loads(gzip.decompress(path.read_bytes()))
        return Recording(document["head"], document["cases"])
    with path.open(encoding="ascii") as file:
        recording = Recording(json.loads(next(file))["head"], {})
        for line in file:
            row = json.loads(line)
            recording.cases.setdefault(row["case"], {})[row["group"]] = row["answers"]
    return recording


@dataclass(frozen=True)
class Difference:
    """An answer that is not what was recorded; of a compact recording, hashes."""

    key: str
    old: str
    new: str


@dataclass
class Comparison:
    """What was found so far.

    Attributes:
        compared: how many answers.
        accepted: by reason, how many differences that are wanted.
    """

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)

    def add(self, case: str, recorded: dict[str, Any], groups: Groups, only: str = "") -> None:
        """Compare the answers of a case."""
        for group, old in recorded.items():
            key = f"{case}/{group}"
            if only and not re.search(only, key):
                continue
            new = groups.get(group)
            self.compared += max(1, len(new or ()))
            for difference in _differences(key, old, new):
                if reason := _reason(difference):
                    self.accepted[reason] += 1
                else:
                    self.differences.append(difference)


def compare_case(case: str, recorded: dict[str, Any], groups: Groups) -> list[Difference]:
    """The differences of one case, those that are accepted left out."""
    comparison = Comparison()
    comparison.add(case, recorded, groups)
    return comparison.differences


def _differences(key: str, old: Any, new: Any) -> Iterator[Difference]:
    if isinstance(old, str):
        now = _MISSING if new is None else digest(new)
        if old != now:
            yield Difference(key, old, now)
        return
    new = {} if new is None else new
    for name in {**old, **new}:
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        if before != after:
            yield Difference(f"{key}/{name}", _text(before), _text(after))


def _text(answer: Any) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True)


def _reason(difference: Difference) -> str:
    """Why a difference is wanted; empty if it is not."""
    for entry in json.loads(ACCEPTED.read_text()):
        # A compact recording tells no text that could be compared.
        of_text = not _HASH.fullmatch(difference.new)
        if not re.search(entry["keys"], difference.key):
            continue
        if of_text and not re.search(entry.get("now", ""), difference.new):
            continue
        return str(entry["reason"])
    return ""
