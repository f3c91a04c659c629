"""``v1.Update``: how far a transfer has got (pkg/v1/progress.go)."""

from __future__ import annotations

from pyggcr._dataclasses import dataclass

__all__ = ["Update"]


@dataclass(frozen=True, slots=True)
class Update:
    """A progress report, which functions that write pass to a callback (``v1.Update``).

    Go sends an error as the last update; Python raises it.

    Attributes:
        total: bytes to write, as far as that is known by now.
        complete: bytes written so far.

    Examples:
        >>> from pyggcr import v1
        >>> v1.Update(total=10, complete=4)
        Update(total=10, complete=4)
    """

    total: int = 0
    complete: int = 0
