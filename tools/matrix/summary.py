"""Summarises the results: the state of each archive in each release, and the ways to fail.

A test makes sure that failures do not depend on the Go version; so the first line stands for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from tools.matrix.archives import ARCHIVES, Archive
from tools.matrix.releases import GO_LINES, RELEASES, Crane, spans
from tools.matrix.results import Results
from tools.matrix.runs import DIGEST, HANGS, PULL, VALIDATE, VALIDATE_PUSHED, Outcome

__all__ = ["LINE", "Row", "Said", "State", "failures", "named", "rows", "state_of"]

LINE = next(iter(GO_LINES))


class State(Enum):
    """The outcome of all steps for one archive and release."""

    GOOD = "every step succeeds"
    INVALID = "it can be pushed and pulled, but validate fails"
    FAILS = "it cannot be pushed, or what was pushed cannot be pulled"
    HANGS = "pull never ends"
    SEVERAL = "several images: crane takes no tag but for digest"


@dataclass(frozen=True)
class Row:
    """Archives of one group that have the same state in every release.

    Attributes:
        group: what made them.
        archives: which.
        states: by release.
    """

    group: str
    archives: tuple[Archive, ...]
    states: tuple[State, ...]


@dataclass(frozen=True)
class Said:
    """One way to fail.

    Attributes:
        step: the first that fails.
        text: what crane says.
        releases: in words.
        archives: with which.
    """

    step: str
    text: str
    releases: str
    archives: tuple[Archive, ...]


def state_of(found: dict[str, Outcome]) -> State:
    """The state that the outcomes of the steps amount to."""
    if any(step.startswith(f"{DIGEST} ") for step in found):
        return State.SEVERAL
    if HANGS in found.values():
        return State.HANGS
    if PULL not in found or found[PULL].exit:
        return State.FAILS
    invalid = any(found[step].exit for step in (VALIDATE, VALIDATE_PUSHED) if step in found)
    return State.INVALID if invalid else State.GOOD


def rows(results: Results) -> list[Row]:
    """All archives, merged into as few rows as possible, in their order."""
    merged: dict[tuple[str, tuple[State, ...]], list[Archive]] = {}
    for archive in ARCHIVES.values():
        states = tuple(
            state_of(results.outcomes[archive.name, Crane(release, LINE)]) for release in RELEASES
        )
        merged.setdefault((archive.group, states), []).append(archive)
    order = list(dict.fromkeys(archive.group for archive in ARCHIVES.values()))
    found = [Row(group, tuple(members), states) for (group, states), members in merged.items()]
    return sorted(found, key=lambda row: order.index(row.group))


def failures(results: Results) -> Iterator[Said]:
    """Every way to fail of archives with one image: the first step that fails, and its text."""
    merged: dict[tuple[str, str, str], list[Archive]] = {}
    for archive in ARCHIVES.values():
        said: dict[tuple[str, str], list[str]] = {}
        for release in RELEASES:
            found = results.outcomes[archive.name, Crane(release, LINE)]
            first = next(((step, it.text) for step, it in found.items() if it.exit), None)
            if first and state_of(found) is not State.SEVERAL:
                said.setdefault(first, []).append(release)
        for (step, text), failing in said.items():
            merged.setdefault((step, text, spans(failing, RELEASES)), []).append(archive)
    for (step, text, releases), archives in merged.items():
        yield Said(step, text, releases, tuple(archives))


def named(archives: Iterable[Archive]) -> str:
    """Archives by group; a complete group is given by its name only."""
    groups: dict[str, list[str]] = {}
    for archive in archives:
        groups.setdefault(archive.group, []).append(archive.name.partition("/")[2])
    return "; ".join(
        group if len(names) == _size(group) else f"{group}: {', '.join(names)}"
        for group, names in groups.items()
    )


def _size(group: str) -> int:
    """How many archives of a group have one image."""
    whole = {name.partition(" only ")[0] for name in ARCHIVES if " only " in name}
    return sum(it.group == group and it.name not in whole for it in ARCHIVES.values())
