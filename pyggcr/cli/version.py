"""``version``: the version alone, as ``crane version`` prints its own."""

from __future__ import annotations

import click

from pyggcr.cli.output import write_line

__all__ = ["version"]


@click.command()
def version() -> None:
    """Print the version."""
    from pyggcr import __version__

    write_line(__version__)
