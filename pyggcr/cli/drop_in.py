"""``crane``: crane's own command line, whose arguments click leaves alone."""

from __future__ import annotations

import click

__all__ = ["crane"]


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("words", metavar="VERB ...", nargs=-1, type=click.UNPROCESSED)
def crane(words: tuple[str, ...]) -> int:
    """Do exactly what crane does: its flags, output, log and exit codes.

    `alias crane='pyggcr crane'` breaks no script.
    """
    from pyggcr.cli.crane import program

    return program.run(words)
