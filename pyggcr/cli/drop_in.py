"""``crane`` and ``gcrane``: their own command lines, which have a reader of their own."""

from __future__ import annotations

from pyggcr.cli import reader

__all__ = ["crane", "gcrane"]


@reader.command(takes_all=True)
@reader.argument("words", metavar="VERB ...", nargs=-1)
def crane(words: tuple[str, ...]) -> int:
    """Do exactly what crane does: its flags, output, log and exit codes.

    `alias crane='pyggcr crane'` breaks no script.
    """
    from pyggcr.cli.crane import program

    return program.run(words)


@reader.command(takes_all=True)
@reader.argument("words", metavar="VERB ...", nargs=-1)
def gcrane(words: tuple[str, ...]) -> int:
    """Do exactly what gcrane does, which has crane's verbs and those for Google's registries.

    `alias gcrane='pyggcr gcrane'` breaks no script.
    """
    from pyggcr.cli.gcrane import program

    return program.run(words)
