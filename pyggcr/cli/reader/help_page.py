"""What ``--help`` prints, as wide as the terminal."""

from __future__ import annotations

import sys
import textwrap

from pyggcr.cli import screen
from pyggcr.cli.reader.commands import Group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyggcr.cli.reader.commands import Command

__all__ = ["page", "paragraphs", "summary"]

# Columns below which there is no room for two columns of text; and the fewest and most to use.
_NARROW, _LEAST, _MOST = 60, 20, 80
_INDENT = "  "
_TERM_WIDTH = 30  # at most, of the column of terms
_GAP = 2


def page(command: Command, path: str) -> str:
    """The help of a command.

    Args:
        command: the command.
        path: the program and the commands down to this one.
    """
    columns = screen.width_of(sys.stdout)
    width = min(columns, _MOST) - 2 if columns >= _NARROW else max(columns - 1, _LEAST)
    definitions = _side_by_side if columns >= _NARROW else _below
    lines = [*_usage(command, path, width)]
    for paragraph in paragraphs(command.about):
        lines += ["", *_wrapped(paragraph, width, _INDENT)]
    options = [(it.heading(), it.about()) for it in command.options if not it.hidden]
    if options:
        lines += ["", "Options:", *definitions(options, width)]
    if isinstance(command, Group):
        lines += ["", "Commands:", *definitions(_commands(command, columns, width), width)]
    return "\n".join((*lines, ""))


def paragraphs(about: str) -> list[str]:
    """The paragraphs of a docstring, each on one line."""
    lines = [line.strip() for line in about.strip().splitlines()]
    return [" ".join(it.split("\n")) for it in "\n".join(lines).split("\n\n") if it]


def summary(about: str, limit: int) -> str:
    """The first sentence of a docstring, cut at a word to a number of characters."""
    words = about.partition("\n\n")[0].split()
    for position, word in enumerate(words, 1):
        # Before a word in lower case, the period is that of an abbreviation.
        if word.endswith(".") and not "".join(words[position : position + 1])[:1].islower():
            words = words[:position]
            break
    return textwrap.shorten(" ".join(words), limit, placeholder="...", break_on_hyphens=False)


def _usage(command: Command, path: str, width: int) -> Iterator[str]:
    head = f"Usage: {path} "
    if len(head) + 20 <= width:
        yield from _wrapped(command.usage(), width, head, " " * len(head))
    else:
        yield head.rstrip()
        yield from _wrapped(command.usage(), width, " " * 11)


def _commands(group: Group, columns: int, width: int) -> list[tuple[str, str]]:
    """The commands and their summaries; on a narrow terminal there are two lines for each."""
    found = list(group.below())
    room = width - 6 - max((len(name) for name, _ in found), default=0)
    limit = room if columns >= _NARROW else 2 * width
    return [(name, summary(it.about, limit)) for name, it in found]


def _side_by_side(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Terms and what they mean, in two columns."""
    column = min(max(len(term) for term, _ in rows), _TERM_WIDTH) + _GAP
    for term, meaning in rows:
        lines = list(_wrapped(meaning, max(width - column - 2, 10))) or [""]
        if len(term) + _GAP <= column:
            yield f"{_INDENT}{term.ljust(column)}{lines.pop(0)}".rstrip()
        else:
            yield f"{_INDENT}{term}"
        for line in lines:
            yield f"{_INDENT}{' ' * column}{line}"


def _below(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Terms, and what they mean on lines of their own."""
    for term, meaning in rows:
        yield from _wrapped(term, width, _INDENT, f"{_INDENT}    ")
        yield from _wrapped(meaning, width, _INDENT * 2)


def _wrapped(text: str, width: int, first: str = "", others: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=first if others is None else others,
        replace_whitespace=False,
    )
