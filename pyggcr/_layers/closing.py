"""``Closing``: an image or a layer that raises ``ClosedError`` once it was closed."""

from __future__ import annotations

from pyggcr.errors import ClosedError

__all__ = ["Closing"]


class Closing:
    """A flag, and the error for whoever ignores it; streams that are open stay open."""

    _kind = "object"
    _closed = False

    def _use(self) -> None:
        """Raise ``ClosedError`` after ``close``."""
        if self._closed:
            raise ClosedError(f"{self._kind} already closed")

    def close(self) -> None:
        """Refuse further work; what was opened before stays open.

        Closing again has no effect.
        """
        self._closed = True
