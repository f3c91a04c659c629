"""The ``pyggcr`` command with its subcommands: the table of contents of the command line."""

from __future__ import annotations

import gc
import importlib
import sys

from pyggcr.cli.group import CommandLine
from pyggcr.cli.reader import Command, option
from pyggcr.cli.reader.parameters import parameters_of
from pyggcr.cli.registry_options import persistent_options

__all__ = ["COMMANDS", "app", "main"]

# Each command and its module, which is imported when the command is run or its help is shown.
COMMANDS = {
    "engines": "engines",
    "inspect": "inspect",
    "validate": "validate",
    "digest": "raw",
    "manifest": "raw",
    "config": "raw",
    "layers": "layers",
    "pull": "pull",
    "push": "push",
    "copy": "copying",
    "cp": "copying",
    "sync": "sync",
    "ls": "listing",
    "catalog": "listing",
    "tag": "tagging",
    "delete": "tagging",
    "blob": "blob",
    "artifact": "artifact",
    "referrers": "referrers",
    "export": "exporting",
    "files": "files",
    "cat": "files",
    "extract": "files",
    "diff": "diff",
    "build": "build",
    "convert": "convert",
    "append": "append",
    "mutate": "mutate",
    "flatten": "flatten",
    "rebase": "rebase",
    "index": "index",
    "edit": "edit",
    "layout": "layout",
    "auth": "auth",
    "registry": "registry",
    "differential": "differential",
    "doctor": "doctor",
    "repair": "repair",
    "tools": "tools",
    "audit": "audit",
    "crane": "drop_in",
    "gcrane": "drop_in",
    "bench": "bench",
    "completion": "completion",
    "version": "version",
}

# Commands that help does not list, and their functions: what the scripts of completion ask.
_HIDDEN = {"__complete": "answer", "__completeNoDesc": "answer_plainly"}


class _Commands(CommandLine):
    """A group that imports a command when it is asked for."""

    def names(self) -> list[str]:
        return list(COMMANDS)

    def find(self, name: str) -> Command | None:
        if name in _HIDDEN:
            module, function = "completion", _HIDDEN[name]
        elif name in COMMANDS:
            module, function = COMMANDS[name], name
        else:
            return None
        command: Command = getattr(importlib.import_module(f"pyggcr.cli.{module}"), function)
        return command


def _print_version() -> None:
    from pyggcr import __version__

    sys.stdout.write(f"pyggcr {__version__}\n")


@option("--version", is_flag=True, action=_print_version, help="Show the version and exit")
@persistent_options
def _program() -> None:
    """Read, check, make and change container images, in archives and registries.

    Exit codes: 0 good; 1 the check failed; 2 cannot be read, or wrong usage.
    """


app: _Commands = _Commands("pyggcr", parameters_of(_program), about=_program.__doc__ or "")


def main() -> None:
    """Run the command line on ``sys.argv`` and exit."""
    try:
        app.main()
    finally:
        # As it ends, the interpreter looks for cycles in all that was imported, which takes it
        # longer than some commands do.
        gc.freeze()
