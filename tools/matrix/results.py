"""The results, as stored in docs/matrix/results.json.

For each archive and step the file lists the outcomes, and for each outcome the releases by Go line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyggcr._os.atomic_write import atomic_write
from tools.matrix.releases import GO_LINES, Crane, spans, tried
from tools.matrix.runs import Outcome

__all__ = ["PATH", "Results"]

PATH = Path(__file__).parents[2] / "docs" / "matrix" / "results.json"

_SPAN = re.compile(r"([\d.]+)(?:-([\d.]+))?")


@dataclass
class Results:
    """All outcomes.

    Attributes:
        archives: by its name what each archive consists of, as a SHA-256.
        outcomes: by the name of the archive and the crane, the outcome of each step.
    """

    archives: dict[str, str] = field(default_factory=dict)
    outcomes: dict[tuple[str, Crane], dict[str, Outcome]] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[str, str, Outcome, dict[str, list[str]]]]:
        """Archive, step, outcome, and by Go line the releases that it is of."""
        grouped: dict[tuple[str, str, Outcome], dict[str, list[str]]] = {}
        for (archive, crane), found in self.outcomes.items():
            for step, outcome in found.items():
                lines = grouped.setdefault((archive, step, outcome), {})
                lines.setdefault(crane.line, []).append(crane.release)
        for (archive, step, outcome), lines in grouped.items():
            yield archive, step, outcome, lines

    def save(self, path: Path = PATH) -> None:
        """Write the file; the same results give the same bytes."""
        order = list(self.archives)
        steps = {key: n for n, key in enumerate(_steps(self))}
        rows: list[Any] = [
            [archive, step, outcome.exit, outcome.text, _told(lines)]
            for archive, step, outcome, lines in self.rows()
        ]
        rows.sort(key=lambda row: (order.index(row[0]), steps[row[0], row[1]], _first(row[4])))
        text = "\n".join(
            [
                "{",
                f'"go": {json.dumps(GO_LINES)},',
                f'"releases": {json.dumps({line: tried(line) for line in GO_LINES})},',
                '"archives": {',
                ",\n".join(f'"{name}": "{it}"' for name, it in self.archives.items()),
                "},",
                '"runs": [',
                ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
                "]",
                "}\n",
            ]
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(text.encode())

    @classmethod
    def load(cls, path: Path = PATH) -> Results:
        """Read the file; nothing at all if there is none, or if it is of another Go."""
        if not path.exists():
            return cls()
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        results = cls(document["archives"])
        for archive, step, code, text, lines in document["runs"]:
            for line, told in lines.items():
                if document["go"][line] != GO_LINES.get(line):
                    continue
                for release in _releases(told, document["releases"][line]):
                    key = (archive, Crane(release, line))
                    results.outcomes.setdefault(key, {})[step] = Outcome(code, text)
        return results


def _steps(results: Results) -> Iterator[tuple[str, str]]:
    """Every archive with each of its steps, in the order in which they are run."""
    seen: dict[tuple[str, str], None] = {}
    for (archive, _), found in results.outcomes.items():
        seen.update(dict.fromkeys((archive, step) for step in found))
    return iter(seen)


def _told(lines: dict[str, list[str]]) -> dict[str, str]:
    return {line: spans(lines[line], tried(line)) for line in GO_LINES if line in lines}


def _first(told: dict[str, str]) -> tuple[int, int]:
    """Where a row stands among those of the same step."""
    line, releases = next(iter(told.items()))
    return list(GO_LINES).index(line), tried(line).index(_SPAN.findall(releases)[0][0])


def _releases(told: str, known: list[str]) -> Iterator[str]:
    """The releases that ``spans`` has put into words."""
    for first, last in _SPAN.findall(told):
        yield from known[known.index(first) : known.index(last or first) + 1]
