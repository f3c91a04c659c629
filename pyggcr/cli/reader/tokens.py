"""Tells options from arguments: ``--name=value``, ``--name value``, ``-abc``, ``-ovalue``, ``--``.

The rules are those of pflag. What options there are, and what is said of those that are wrong, is
for those who inherit.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = ["Tokens"]


class Tokens:
    """One pass over the words of a command line.

    Attributes:
        arguments: the words that are neither options nor their values.
        stops_at_arguments: whether all words from the first argument on are arguments.
    """

    stops_at_arguments = False

    def __init__(self) -> None:
        self.arguments: list[str] = []

    def find_long(self, name: str, word: str) -> Any:
        """The option with this name, which stands in ``word``; else an error."""
        raise NotImplementedError

    def find_short(self, letter: str, letters: bytes) -> Any:
        """The option with this letter, the first of ``letters``; else an error."""
        raise NotImplementedError

    def needs_value(self, option: Any) -> bool:
        """Whether an option cannot stand without a value."""
        raise NotImplementedError

    def lacks_value(self, name: str, letters: bytes) -> Exception:
        """The error of an option without its value, by its name, or by its letter in letters."""
        raise NotImplementedError

    def give(self, option: Any, value: str | None, written: str) -> None:
        """Take what was given for an option; ``None`` is no value, which it does not need."""
        raise NotImplementedError

    def read(self, words: Sequence[str]) -> None:
        """Read all words; ``arguments`` are then those that are left."""
        self.arguments = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--":
                self.arguments += rest
                return
            if word.startswith("--"):
                self._read_long(word, rest)
            elif len(word) > 1 and word.startswith("-"):
                letters = word[1:].encode("utf-8", "surrogateescape")
                while letters:
                    letters = self.read_letter(letters, rest)
            elif self.stops_at_arguments:
                self.arguments += [word, *rest]
                return
            else:
                self.arguments.append(word)

    def _read_long(self, word: str, rest: list[str]) -> None:
        name, equals, value = word[2:].partition("=")
        option = self.find_long(name, word)
        if equals:
            self.give(option, value, f"--{name}")
        elif not self.needs_value(option):
            self.give(option, None, f"--{name}")
        elif rest:
            self.give(option, rest.pop(0), f"--{name}")
        else:
            raise self.lacks_value(name, b"")

    def read_letter(self, letters: bytes, rest: list[str]) -> bytes:
        """Read the first of some letters, which may take those that follow, or the next word.

        Letters are bytes, as in Go.

        Returns:
            The letters that are still to be read.
        """
        letter, after = chr(letters[0]), letters[1:]
        option = self.find_short(letter, letters)
        if len(letters) > 2 and after.startswith(b"="):
            value: str | None = after[1:].decode("utf-8", "surrogateescape")
            after = b""
        elif not self.needs_value(option):
            value = None
        elif after:
            value, after = after.decode("utf-8", "surrogateescape"), b""
        elif rest:
            value = rest.pop(0)
        else:
            raise self.lacks_value("", letters)
        self.give(option, value, f"-{letter}")
        return after
