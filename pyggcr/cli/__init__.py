"""The command line: parses options, calls the library, prints what it returns.

Importing this imports nothing heavier: ``pyggcr crane`` and ``pyggcr gcrane`` follow crane's
grammar (docs/decisions/0015-a-reader-of-its-own-for-crane.md), all other commands are read by
``reader`` (docs/decisions/0021-one-reader.md), and each command imports what it needs when it runs.
Knowledge about images does not belong here.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr.cli.commands import app

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'pyggcr.cli' has no attribute {name!r}")
    import importlib

    return importlib.import_module("pyggcr.cli.commands").app


def main() -> None:
    """Run the command line on ``sys.argv`` and exit."""
    first = sys.argv[1:2]
    if first == ["crane"]:
        from pyggcr.cli.crane import program as crane

        crane.main(sys.argv[2:])
    if first == ["gcrane"]:
        from pyggcr.cli.gcrane import program as gcrane

        gcrane.main(sys.argv[2:])
    if sys.stderr and sys.stderr.isatty():
        from pyggcr.cli import installation

        installation.warn_once()
    from pyggcr.cli import commands

    commands.main()
