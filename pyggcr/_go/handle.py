"""Handles of Go objects: the twin of native/handle.go.

A handle is released once: by ``close``, or when its owner is garbage. Releasing is idempotent on
both sides, and never happens in a forked child, where Go cannot be called.
"""

from __future__ import annotations

import weakref

from pyggcr._go import library
from pyggcr.errors import ClosedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr._go.opener import Source

__all__ = ["GoObject", "Handle", "open_handles"]


class Handle:
    """The number of a Go object, for as long as it may be used."""

    __slots__ = ("__weakref__", "_finalizer", "_kind", "_number")

    def __init__(self, number: int, kind: str) -> None:
        self._number = number
        self._kind = kind
        self._finalizer = weakref.finalize(self, _release, number)
        self._finalizer.atexit = False  # the process takes everything along

    @property
    def number(self) -> int:
        """What the library knows the object by.

        Raises:
            ClosedError: the handle was closed.
        """
        if not self._finalizer.alive:
            raise ClosedError(f"{self._kind} already closed")
        return self._number

    @property
    def closed(self) -> bool:
        """Whether the handle was closed."""
        return not self._finalizer.alive

    def close(self) -> None:
        """Release the object. Idempotent, from any thread."""
        self._finalizer()


class GoObject:
    """An image, layer, index or descriptor that lives in Go.

    Attributes:
        handle: what the library knows it by.
        sources: the openers and Python values that Go may call back for it.
    """

    handle: Handle
    sources: tuple[Source, ...]


def _release(number: int) -> None:
    if library.loaded():
        library.load().lib.pyggcr_release(number)


def open_handles() -> int:
    """How many Go objects Python holds right now; 0 when the library is not loaded."""
    if not library.loaded():
        return 0
    count: int = library.load().lib.pyggcr_open_handles()
    return count
