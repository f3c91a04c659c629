"""``pyggcr crane`` beside crane: every verb and flag, each on a registry of its own."""

from __future__ import annotations

import pytest
from support import crane_lines
from support.crane_lines import KNOWN, LINES, compare

# In processes of their own; the others run in this one, which takes a tenth of the time.
PROCESSES = 20
# The Go engine runs each third line, and all that write.
_WRITING = (
    "append",
    "copy",
    "edit",
    "flatten",
    "index",
    "layout",
    "mutate",
    "pull",
    "push",
    "rebase",
)


def _has_go_too(number: int, text: str) -> bool:
    return number % 3 == 0 or text.startswith(_WRITING)


CASES = [
    pytest.param(number, engine, id=f"{number}-{engine}-{line.text[:60]}")
    for number, line in enumerate(LINES)
    for engine in crane_lines.ENGINES
    if engine == "python" or _has_go_too(number, line.text)
]


@pytest.fixture(autouse=True)
def _crane(run_crane, go_engine) -> None:
    """Crane, and the registry of the Go engine."""


@pytest.mark.parametrize(("number", "engine"), CASES)
def test_a_command_line_does_what_crane_does(number, engine) -> None:
    line = LINES[number]
    assert compare(line, engine, process=number < PROCESSES) == []


def test_there_are_enough_of_them() -> None:
    assert len(LINES) >= 250
    assert len({(line.text, line.stdin, line.before) for line in LINES}) == len(LINES)


def test_few_are_known_to_differ() -> None:
    assert len(KNOWN) <= 10
    assert not {*KNOWN} - {line.text for line in LINES}


def test_every_command_and_flag_is_among_them() -> None:
    from pyggcr.cli.crane.table import ROOT

    texts = [line.text.split() for line in LINES]

    def check(command, path) -> list[str]:
        missing = []
        own = [words for words in texts if words[: len(path)] == path]
        if command.runnable and not own:
            missing.append(" ".join(path))
        for flag in command.flags:
            names = {f"--{flag.name}"} | ({f"-{flag.shorthand}"} if flag.shorthand else set())
            given = (
                word.partition("=")[0] in names
                or (flag.shorthand and not word.startswith("--") and flag.shorthand in word[1:])
                for words in own
                for word in words
                if word.startswith("-")
            )
            if not any(given):
                missing.append(f"{' '.join(path)} --{flag.name}")
        for below in command.commands:
            missing += check(below, [*path, below.name])
        return missing

    assert check(ROOT, []) == []
