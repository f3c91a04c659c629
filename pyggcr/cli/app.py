"""The ``pyggcr`` command with its subcommands: the table of contents of the command line."""

from __future__ import annotations

import click

from pyggcr.cli import diff, engines, inspect, layers, raw, validate
from pyggcr.cli.group import CommandLine

__all__ = ["app", "main"]


def _print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from pyggcr import __version__

        click.echo(f"pyggcr {__version__}")
        context.exit(0)


@click.group(
    cls=CommandLine,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Read container image archives as go-containerregistry does.

    Exit codes: 0 good; 1 the check failed; 2 cannot be read, or wrong usage.
    """


for _command in (
    engines.engines,
    inspect.inspect,
    validate.validate,
    raw.digest,
    raw.manifest,
    raw.config,
    layers.layers,
    diff.diff,
):
    app.add_command(_command)


def main() -> None:
    """Run the command line on ``sys.argv`` and exit."""
    app.main(prog_name="pyggcr")
