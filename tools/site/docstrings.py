"""Prepare docstrings for the site: examples become blocks of code, entries have one name each."""

from __future__ import annotations

import re

_ENTRY = re.compile(r"^(?P<indent> +)(?P<names>\w+(?:, \w+)+): (?P<text>.*)$")
_SECTION = re.compile(r"^ *(?:Args|Attributes|Raises|Returns|Yields|Examples?):$")
_EXAMPLE = re.compile(r"^ *Examples?:$")
_WITH_ENTRIES = ("Args:", "Attributes:", "Raises:")


def prepared(docstring: str) -> str:
    r"""Return the text as griffe shall read it.

    >>> print(prepared("Args:\n    first, second: Two images."))
    Args:
        first: Two images.
        second: Two images.
    """
    return "\n".join(_fenced(_split_entries(docstring.splitlines())))


def _split_entries(lines: list[str]) -> list[str]:
    """Repeat an entry that documents several names for each of them."""
    out: list[str] = []
    section, number = "", 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if _SECTION.match(line):
            section = line.strip()
        entry = _ENTRY.match(line) if section in _WITH_ENTRIES else None
        if not entry:
            out.append(line)
            continue
        more = []
        while number < len(lines) and lines[number].startswith(entry["indent"] + " "):
            more.append(lines[number])
            number += 1
        for name in entry["names"].split(", "):
            out += [f"{entry['indent']}{name}: {entry['text']}", *more]
    return out


def _fenced(lines: list[str]) -> list[str]:
    """Put examples at the prompt into fences, each of which ends at the next empty line."""
    out: list[str] = []
    indent = ""
    inside = in_section = False
    for line in lines:
        if _EXAMPLE.match(line):
            in_section = True  # griffe itself makes blocks of these
        elif line and not line.startswith(" "):
            in_section = False
        if not inside and not in_section and line.lstrip().startswith(">>> "):
            indent = line[: len(line) - len(line.lstrip())]
            out.append(f"{indent}```pycon")
            inside = True
        elif inside and not line.strip():
            out.append(f"{indent}```")
            inside = False
        out.append(line)
    if inside:
        out.append(f"{indent}```")
    return out
