"""What may be written to a terminal: colours, lines that move, and how wide it is.

The variables, in the order in which they decide: NO_COLOR (no colours), TERM=dumb (no control
sequences at all), FORCE_COLOR (colours and drawn tables wherever output goes); docs/terminal.md
explains them. Nothing here draws.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO


__all__ = ["can_redraw", "draws", "is_plain", "wants_colour", "width_of"]

_DEFAULT_WIDTH = 80
_DUMB = ("dumb", "unknown")
_OFF = ("", "0", "false")


def is_plain() -> bool:
    """Whether the terminal obeys no control sequences: TERM says so."""
    return os.environ.get("TERM", "").lower() in _DUMB


def draws(stream: TextIO) -> bool:
    """Whether tables are drawn: on a terminal, or where FORCE_COLOR wants it, and with rich."""
    return (stream.isatty() or wants_colour(stream)) and _has_rich()


def _has_rich() -> bool:
    """Whether the extra ``terminal`` is installed."""
    try:
        import rich  # noqa: F401
    except ImportError:
        return False
    return True


def wants_colour(stream: TextIO) -> bool:
    """Whether to write colours to a stream."""
    if os.environ.get("NO_COLOR") or is_plain():
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced.lower() not in _OFF
    return stream.isatty()


def can_redraw(stream: TextIO) -> bool:
    """Whether a line can be drawn anew in its place, as progress is."""
    return stream.isatty() and not is_plain()


def width_of(stream: TextIO) -> int:
    """Columns of a terminal: those of COLUMNS, else its own, else 80."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _DEFAULT_WIDTH
    except (OSError, ValueError):  # no terminal, or no descriptor
        return _DEFAULT_WIDTH
