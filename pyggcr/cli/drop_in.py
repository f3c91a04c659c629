"""``crane`` and ``gcrane``: their own command lines, whose arguments click leaves alone."""

from __future__ import annotations

import click

__all__ = ["crane", "gcrane"]

_SETTINGS = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.command(add_help_option=False, context_settings=_SETTINGS)
@click.argument("words", metavar="VERB ...", nargs=-1, type=click.UNPROCESSED)
def crane(words: tuple[str, ...]) -> int:
    """Do exactly what crane does: its flags, output, log and exit codes.

    `alias crane='pyggcr crane'` breaks no script.
    """
    from pyggcr.cli.crane import program

    return program.run(words)


@click.command(add_help_option=False, context_settings=_SETTINGS)
@click.argument("words", metavar="VERB ...", nargs=-1, type=click.UNPROCESSED)
def gcrane(words: tuple[str, ...]) -> int:
    """Do exactly what gcrane does, which has crane's verbs and those for Google's registries.

    `alias gcrane='pyggcr gcrane'` breaks no script.
    """
    from pyggcr.cli.gcrane import program

    return program.run(words)
