"""Help on narrow terminals: what an option does stands below it, not beside it."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.formatting import wrap_text

__all__ = ["NarrowFormatter"]


class NarrowFormatter(click.HelpFormatter):
    """Lists each term on a line of its own, and what it means below it."""

    def write_dl(
        self,
        rows: Iterable[tuple[str, str]],
        col_max: int = 30,  # noqa: ARG002  (there is one column)
        col_spacing: int = 2,  # noqa: ARG002
    ) -> None:
        """Write terms, such as options, and what they mean."""
        indent = " " * self.current_indent
        for term, meaning in rows:
            self.write(wrap_text(term, self.width, indent, f"{indent}    "))
            self.write("\n")
            if meaning:
                below = f"{indent}  "
                self.write(wrap_text(meaning, self.width, below, below))
                self.write("\n")
