"""What the last word of an unfinished command line can become: what shells ask for.

Answers follow cobra's protocol, as the scripts are cobra's: candidates, and a directive that says
whether names of files are among them.
"""

from __future__ import annotations

from pyggcr.cli.reader.commands import Command, Group
from pyggcr.cli.reader.help_page import summary
from pyggcr.cli.reader.parameters import Choice, Option, Parameter, Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["candidates"]

FILES, NO_FILES, FOLDERS = 0, 4, 16

# Words of metavars that stand for files, and for folders alone.
_FILE_WORDS = frozenset(
    (
        *("ARCHIVE", "BASE", "DST", "FILE", "IMAGE", "IN", "INDEX", "LAYOUT", "OUT", "PATH"),
        *("SOURCE", "SRC", "STATE", "TARBALL", "TARGET", "TOOL"),
    )
)
_FOLDER_WORDS = frozenset(("DIR", "FOLDER"))
_SUMMARY = 200  # characters of what a command does

Candidate = tuple[str, str]


def candidates(program: Group, words: Sequence[str]) -> tuple[list[Candidate], int]:
    """What the last word can become, each with what it means; and a directive.

    Args:
        program: whose command line it is.
        words: those after the name of the program; the last may be empty.
    """
    *before, typed = words or [""]
    line = _Line(program)
    for word in before:
        line.add(word)
        if line.is_lost:
            return [], NO_FILES
    return line.complete(typed)


class _Line:
    """The command line before the word that is typed."""

    def __init__(self, program: Group) -> None:
        self.is_lost = False  # whether it names a command that does not exist
        self._enter(program)

    def _enter(self, command: Command) -> None:
        self._command = command
        self._options = command.options_by_name
        self._given: set[Option] = set()
        self._awaiting: Option | None = None  # whose value comes next
        self._arguments = 0
        self._only_arguments = False

    def add(self, word: str) -> None:
        """Read a word that stands before what is typed."""
        if self._awaiting is not None:
            self._awaiting = None
        elif self._only_arguments or word == "-" or not word.startswith("-"):
            self._add_argument(word)
        elif word == "--":
            self._only_arguments = True
        elif word.startswith("--"):
            name, equals, _ = word.partition("=")
            self._add_option(name, takes_next=not equals)
        else:
            self._add_letters(word[1:])

    def _add_argument(self, word: str) -> None:
        if not isinstance(self._command, Group):
            self._arguments += 1
            return
        below = self._command.find(word)
        if below is None:
            self.is_lost = True
        else:
            self._enter(below)

    def _add_letters(self, letters: str) -> None:
        for position, letter in enumerate(letters, 1):
            is_last = position == len(letters)
            self._add_option(f"-{letter}", takes_next=is_last)
            option = self._options.get(f"-{letter}")
            if option is None or not option.is_flag:
                return

    def _add_option(self, name: str, *, takes_next: bool) -> None:
        option = self._options.get(name)
        if option is None:
            return
        if not option.repeats:
            self._given.add(option)
        if takes_next and not option.is_flag:
            self._awaiting = option

    def complete(self, typed: str) -> tuple[list[Candidate], int]:
        """What a word can become after all that was read."""
        if self._awaiting is not None:
            return _values(self._awaiting, typed)
        if typed.startswith("-") and not self._only_arguments:
            name, equals, value = typed.partition("=")
            if not equals:
                return list(self._names(typed)), NO_FILES
            option = self._options.get(name)
            return ([], NO_FILES) if option is None else _values(option, value)
        if isinstance(self._command, Group):
            return list(_commands(self._command, typed)), NO_FILES
        expected = self._command.arguments
        if expected and (self._arguments < len(expected) or expected[-1].repeats):
            return _values(expected[min(self._arguments, len(expected) - 1)], typed)
        return [], NO_FILES

    def _names(self, typed: str) -> Iterator[Candidate]:
        """The names of options that begin so and can be given."""
        for name, option in self._options.items():
            if name.startswith(typed) and not option.hidden and option not in self._given:
                yield name, option.help


def _commands(group: Group, typed: str) -> Iterator[Candidate]:
    for name, command in group.below():
        if name.startswith(typed):
            yield name, summary(command.about, _SUMMARY)


def _values(parameter: Parameter, typed: str) -> tuple[list[Candidate], int]:
    kind = parameter.kind
    if isinstance(kind, Choice):
        return [(word, "") for word in kind.words if word.startswith(typed)], NO_FILES
    if isinstance(kind, Path):
        return [], FILES if kind.files else FOLDERS
    words = set("".join(it if it.isalpha() else " " for it in parameter.metavar).split())
    if words & _FILE_WORDS:
        return [], FILES
    return [], FOLDERS if words & _FOLDER_WORDS else NO_FILES
