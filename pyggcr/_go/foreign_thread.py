"""Threads of Go's that run Python for the time of a callback.

Whoever asks there for the current thread, as logging does, or starting a thread, makes a dummy,
which Python before 3.13 keeps in its list of threads for as long as the process lives.
"""

from __future__ import annotations

import threading

__all__ = ["leave"]


def leave() -> None:
    """Forget the calling thread, at the end of a callback, if it is a dummy."""
    active: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]
    ident = threading.get_ident()
    if isinstance(active.get(ident), threading._DummyThread):
        active.pop(ident, None)
