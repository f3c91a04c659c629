"""Manual pages, in the macros of man(7): what ``--help`` says, for ``man``."""

from __future__ import annotations

from pyggcr.cli.reader.commands import Command, Group
from pyggcr.cli.reader.help_page import paragraphs, summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pages"]

_LONGEST = 200  # characters of what a command does, in one line


def pages(program: Group) -> Iterator[tuple[str, str]]:
    """The manual pages of a program and of each command in it: names of files, and their texts."""
    yield from _pages(program, program.name, None)


def _pages(command: Command, path: str, above: str | None) -> Iterator[tuple[str, str]]:
    yield f"{_title(path)}.1", "\n".join((*_lines(command, path, above), ""))
    if isinstance(command, Group):
        for name, below in command.below():
            yield from _pages(below, f"{path} {name}", path)


def _title(path: str) -> str:
    return path.replace(" ", "-")


def _lines(command: Command, path: str, above: str | None) -> Iterator[str]:
    yield f'.TH {_text(_title(path).upper())} 1 "" pyggcr "pyggcr"'
    yield ".SH NAME"
    yield f"{_text(_title(path))} \\- {_text(summary(command.about, _LONGEST).rstrip('.'))}"
    yield ".SH SYNOPSIS"
    yield f".B {_text(path)}"
    yield _text(command.usage())
    yield ".SH DESCRIPTION"
    for paragraph in paragraphs(command.about):
        yield ".PP"
        yield _text(paragraph)
    if options := [it for it in command.options if not it.hidden]:
        yield ".SH OPTIONS"
        for option in options:
            yield ".TP"
            yield f".B {_text(option.heading())}"
            yield _text(option.about())
    if isinstance(command, Group):
        yield ".SH COMMANDS"
        for name, below in command.below():
            yield ".TP"
            yield f".BR {_text(_title(f'{path} {name}'))} (1)"
            yield _text(summary(below.about, _LONGEST))
    if above is not None:
        yield ".SH SEE ALSO"
        yield f".BR {_text(_title(above))} (1)"


def _text(text: str) -> str:
    """A text in which nothing is taken for a request; dashes stay dashes, to be copied."""
    text = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    text = "".join(it if it.isascii() else f"\\[u{ord(it):04X}]" for it in text)
    return f"\\&{text}" if text.startswith((".", "'")) else text
