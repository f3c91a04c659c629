# ruff: noqa: INP001
"""Makes the table of docs/crane.md: crane's commands and flags, and which of them pyggcr has.

``python docs/crane/make.py [CRANE]`` asks the crane on PATH, or the one given, for its help,
command by command, and writes the table between the marks in docs/crane.md.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pyggcr.cli import app
from pyggcr.cli.reader import Command, Group

DOCUMENT = Path(__file__).parent.parent / "crane.md"
BEGIN = "<!-- made by docs/crane/make.py: begin -->"
END = "<!-- made by docs/crane/make.py: end -->"

_COMMAND = re.compile(r"^  ([a-z-]+) +", re.MULTILINE)
_FLAG = re.compile(r"^ +(?:(-\w), )?(--[\w-]+)", re.MULTILINE)
# Of the program that makes crane's command line, not of crane.
_NOT_CRANE_S = ("help", "completion")
_HELP = "--help"


@dataclass(frozen=True)
class Row:
    """A command of crane, its flags, and which of them pyggcr has; ``None`` if it has no such."""

    command: str
    flags: tuple[str, ...]
    have: frozenset[str] | None

    def __str__(self) -> str:
        if self.have is None:
            return f"| `{self.command}` | no | {' '.join(f'`{flag}`' for flag in self.flags)} |"
        missing = [f"`{flag}`" for flag in self.flags if flag not in self.have]
        there = [f"`{flag}`" for flag in self.flags if flag in self.have]
        return f"| `{self.command}` | {' '.join(there) or 'yes'} | {' '.join(missing)} |"


def rows(crane: str) -> list[Row]:
    """One row for each command of crane that does something, after one for crane itself."""
    return [_row(crane, ()), *_rows_below(crane, ())]


def _rows_below(crane: str, path: tuple[str, ...]) -> list[Row]:
    found = []
    for name in _commands(_help(crane, path)):
        below = _rows_below(crane, (*path, name))
        found += below or [_row(crane, (*path, name))]
    return found


def _row(crane: str, path: tuple[str, ...]) -> Row:
    flags = tuple(flag for flag in _flags(_help(crane, path)) if flag != _HELP)
    return Row(" ".join(("crane", *path)), flags, _ours(path))


def _help(crane: str, path: tuple[str, ...]) -> str:
    command = [crane, *path, _HELP]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def _commands(text: str) -> list[str]:
    listed = text.partition("Available Commands:\n")[2].partition("\n\n")[0]
    return [name for name in _COMMAND.findall(listed) if name not in _NOT_CRANE_S]


def _flags(text: str) -> list[str]:
    listed = text.partition("\nFlags:\n")[2].partition("\n\n")[0]
    return [flag for _short, flag in _FLAG.findall(listed)]


def _ours(path: tuple[str, ...]) -> frozenset[str] | None:
    command: Command | None = app
    for name in path:
        if not isinstance(command, Group):
            return None
        command = command.find(name)
    if command is None:
        return None
    return frozenset(option for it in command.options for option in (*it.names, *it.negations))


def table(crane: str) -> str:
    """The table in Markdown."""
    head = ("| command | pyggcr has | pyggcr has not |", "|---|---|---|")
    return "\n".join((*head, *map(str, rows(crane))))


def main() -> None:
    """Write the table into the document."""
    crane = sys.argv[1] if len(sys.argv) > 1 else "crane"
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = f"{before}{BEGIN}\n{table(crane)}\n{END}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
