"""Where the log of go-containerregistry goes on the Go engine: nowhere, unless somebody asks.

Its lines are Go's own, with Go's time. The Python engine logs the same through ``logging``;
``pyggcr.cli.crane.logs`` uses both. The twin of native/logging.go.
"""

from __future__ import annotations

import functools
import os

__all__ = ["hide", "options", "show", "warnings"]

_chosen: dict[str, int | bool] | None = None
_MOST = 1 << 16  # what a pipe holds


def show(descriptor: int, *, debug: bool) -> None:
    """Write the log of clients that are made from now on to a descriptor.

    Args:
        descriptor: an open one, which stays open.
        debug: also what is sent and received.
    """
    global _chosen  # noqa: PLW0603  (Go's log is one for the process, too)
    _, sink = _pipe()
    _chosen = {"descriptor": descriptor, "debug": debug, "warnings": sink}


def hide() -> None:
    """Write no log of clients that are made from now on."""
    global _chosen  # noqa: PLW0603
    _chosen = None


@functools.cache
def _pipe() -> tuple[int, int]:
    """The two ends of what warnings go through, for as long as the process lives."""
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return ends


def options() -> dict[str, int | bool] | None:
    """What a new client in Go is told."""
    return _chosen


def warnings() -> list[str]:
    """What registries told people in ``Warning`` headers since this was asked last."""
    if _chosen is None:
        return []
    try:
        told = os.read(_pipe()[0], _MOST)
    except BlockingIOError:
        return []
    return [it.decode("utf-8", "surrogateescape") for it in told.split(b"\0")[:-1]]
