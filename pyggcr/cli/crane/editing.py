"""``crane edit``: a config, a manifest or a file of an image, in an editor or from a pipe."""

from __future__ import annotations

import sys

from pyggcr.cli.crane.session import failing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.cli.crane.session import Session

__all__ = ["config", "file", "manifest"]

_JSON = ".json"


def config(session: Session) -> None:
    """``crane edit config``."""
    from pyggcr.crane.editing import edit_config

    with failing("editing config"):
        made = edit_config(
            session.arguments[0], _edited, tag=session.flag("tag"), **session.options()
        )
    session.write(f"{made}\n")


def manifest(session: Session) -> None:
    """``crane edit manifest``."""
    from pyggcr.crane.editing import edit_manifest

    with failing("editing manifest"):
        made = edit_manifest(
            session.arguments[0],
            _edited,
            tag=session.flag("tag"),
            media_type=session.flag("media-type"),
            **session.options(),
        )
    session.write(f"{made}\n")


def file(session: Session) -> None:
    """``crane edit fs``."""
    from pyggcr.crane.editing import edit_file, edited_by_editor

    with failing("editing file"):
        made = edit_file(
            session.arguments[0],
            session.flag("filename"),
            edited_by_editor if _is_interactive() else sys.stdin.buffer.read(),
            tag=session.flag("tag"),
            created_by=" ".join((session.command.root().name, *session.words)),
            **session.options(),
        )
    session.write(f"{made}\n")


def _edited(content: bytes) -> bytes:
    from pyggcr.crane.editing import edited_by_editor

    return edited_by_editor(content, _JSON) if _is_interactive() else sys.stdin.buffer.read()


def _is_interactive() -> bool:
    from pyggcr.crane.editing import is_interactive

    return is_interactive(sys.stdin, sys.stdout)
