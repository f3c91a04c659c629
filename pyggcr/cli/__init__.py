"""The command line: parses options, calls the library, prints what it returns.

Importing this imports nothing heavier: ``pyggcr crane`` has a reader of arguments of its own
(docs/decisions/0015-a-reader-of-its-own-for-crane.md), all other commands have click's, and each
command imports what it needs when it runs. Knowledge about images does not belong here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyggcr.cli.commands import app

__all__ = ["app", "main"]

_DROP_IN = "crane"


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'pyggcr.cli' has no attribute {name!r}")
    import importlib

    return importlib.import_module("pyggcr.cli.commands").app


def main() -> None:
    """Run the command line on ``sys.argv`` and exit."""
    if sys.argv[1:2] == [_DROP_IN]:
        from pyggcr.cli.crane import program

        program.main(sys.argv[2:])
    from pyggcr.cli import commands

    commands.main()
