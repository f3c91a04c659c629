"""Verbs that print texts: help, usage, the version."""

from __future__ import annotations

from pyggcr.cli.crane import cobra, streams
from pyggcr.cli.crane.table import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["topic", "usage", "version"]


def usage(session: Session) -> None:
    """What a command without a subcommand prints, on standard error."""
    streams.write_error(cobra.usage(session.command))


def topic(session: Session) -> None:
    """``crane help [command]``."""
    root = session.command.root()
    try:
        command, _rest, _called_as = cobra.find(root, session.arguments)
    except cobra.UnknownCommandError:
        topics = " ".join(map(_quoted, session.arguments))
        streams.write_error(f"Unknown help topic [{topics}]\n{cobra.usage(root, has_help=False)}")
    else:
        session.write(cobra.help_text(command))


def _quoted(text: str) -> str:
    """A string as ``%#q`` prints it: between backquotes where that is possible."""
    from pyggcr._gostd.strconv import quote

    # strconv.CanBackquote
    can = all(
        char == "\t" or (char >= " " and char not in "`\x7f\ufeff" and not _is_byte(char))
        for char in text
    )
    return f"`{text}`" if can else quote(text)


def _is_byte(char: str) -> bool:
    return "\udc80" <= char <= "\udcff"


def version(session: Session) -> None:
    """``crane version``: the version of crane that this does the same as."""
    session.write(f"{VERSION}\n")
