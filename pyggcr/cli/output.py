"""Writing results: raw bytes, JSON, and text that is safe to show.

Text from an archive may hold control characters or bytes that are no UTF-8; what is shown to
people escapes them, what is meant for programs (raw output, JSON) keeps them.
"""

from __future__ import annotations

import itertools
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

__all__ = [
    "printable",
    "write_bytes",
    "write_json",
    "write_line",
    "write_lines",
    "write_note",
    "write_warning",
    "write_words",
]

_LINES = 1000  # that are written at once

# PEP 383: a byte that is no UTF-8 is decoded to this plus the byte.
_ESCAPED_BYTE = range(0xDC80, 0xDD00)


def printable(text: str) -> str:
    r"""The text on one line, with what is not printable as ``\x1b`` or ``\u2028``.

    >>> printable("a\x1b[31m\n")
    'a\\x1b[31m\\x0a'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in text)


def _escape(point: int) -> str:
    if point in _ESCAPED_BYTE:
        return f"\\x{point & 0xFF:02x}"
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def write_line(text: str) -> None:
    """Write one line to standard output, whatever its encoding can hold."""
    encoding = sys.stdout.encoding or "utf-8"
    write_bytes(f"{printable(text)}\n".encode(encoding, "backslashreplace"))


def write_words(text: str) -> None:
    """Write a sentence: on a terminal in lines of whole words, elsewhere on one line."""
    if not sys.stdout.isatty():
        write_line(text)
        return
    import textwrap

    from pyggcr.cli import screen

    width = screen.width_of(sys.stdout)
    lines = textwrap.wrap(printable(text), width, break_long_words=False, break_on_hyphens=False)
    write_lines(lines or [""])


def write_lines(lines: Iterable[str]) -> None:
    """Write lines as ``write_line`` does, many at a time."""
    encoding = sys.stdout.encoding or "utf-8"
    waiting = iter(lines)
    while block := [printable(line) for line in itertools.islice(waiting, _LINES)]:
        block.append("")
        write_bytes("\n".join(block).encode(encoding, "backslashreplace"))


def write_warning(text: str) -> None:
    """Write one line to standard error that does not end the command."""
    write_note(f"pyggcr: warning: {printable(text)}")


def write_note(text: str) -> None:
    """Write lines to standard error, for people."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output as they are, without a line end."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def write_json(document: dict[str, Any]) -> None:
    """Write a document as indented ASCII JSON, keys in the order given."""
    import json  # many commands print none

    write_bytes(f"{json.dumps(document, indent=2)}\n".encode("ascii"))
