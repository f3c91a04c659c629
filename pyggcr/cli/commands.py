"""The ``pyggcr`` command with its subcommands: the table of contents of the command line."""

from __future__ import annotations

import gc
import importlib

import click

from pyggcr.cli.group import CommandLine, with_pages
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
    "version": "version",
}


class _Commands(CommandLine):
    """A group that imports a command when it is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"pyggcr.cli.{COMMANDS[name]}")
        command: click.Command = getattr(module, name)
        return with_pages(command)


def _print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from pyggcr import __version__

        click.echo(f"pyggcr {__version__}")
        context.exit(0)


@click.group(
    cls=_Commands,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit",
)
@persistent_options
def app(**_for_commands: object) -> None:
    """Read, check, make and change container images, in archives and registries.

    Exit codes: 0 good; 1 the check failed; 2 cannot be read, or wrong usage.
    """


def main() -> None:
    """Run the command line on ``sys.argv`` and exit."""
    try:
        app.main(prog_name="pyggcr")
    finally:
        # As it ends, the interpreter looks for cycles in all that was imported, which takes it
        # longer than some commands do.
        gc.freeze()
