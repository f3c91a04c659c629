"""``v1.Update``: how far a transfer has come (pkg/v1/progress.go)."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass

__all__ = ["Update"]


@dataclass(frozen=True, slots=True)
class Update:
    """A report of progress, which functions that write hand to a callback (``v1.Update``).

    Go sends an error as the last update; Python raises it instead.

    Attributes:
        total: bytes to write, as far as that is known by now.
        complete: bytes written so far.

    >>> from pyggcr import v1
    >>> v1.Update(total=10, complete=4)
    Update(total=10, complete=4)
    """

    total: int = 0
    complete: int = 0
