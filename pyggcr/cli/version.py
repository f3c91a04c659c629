"""``version``: the version alone, as ``crane version`` prints its own."""

from __future__ import annotations

from pyggcr.cli import reader
from pyggcr.cli.output import write_line

__all__ = ["version"]


@reader.command()
def version() -> None:
    """Print the version."""
    from pyggcr import __version__

    write_line(__version__)
