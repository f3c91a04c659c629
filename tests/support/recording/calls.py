"""The tables of calls: those that need no engine, and those that are made on each.

An entry is a function of a ``Bench``; ``bench.ask`` calls them and keeps what they answer.
"""

from __future__ import annotations

from collections.abc import Callable

from support.recording.bench import Call
from support.recording.image_calls import (
    layout_calls,
    partial_calls,
    tarball_calls,
    writing_calls,
)
from support.recording.other_calls import (
    aio_calls,
    cache_calls,
    limit_calls,
    own_calls,
    registry_calls,
)
from support.recording.server_calls import daemon_calls, remote_calls
from support.recording.value_calls import name_calls, value_calls

__all__ = ["ENGINES", "VALUES"]

VALUES: dict[str, dict[str, Call]] = {
    "name": dict(name_calls()),
    "v1": dict(value_calls()),
}

# Functions, as tables name classes of pyggcr.
ENGINES: dict[str, Callable[[], dict[str, Call]]] = {
    "tarball": lambda: dict(tarball_calls()),
    "partial": lambda: dict(partial_calls()),
    "layout": lambda: dict(layout_calls()),
    "writing": lambda: dict(writing_calls()),
    "remote": lambda: dict(remote_calls()),
    "daemon": lambda: dict(daemon_calls()),
    "own": lambda: dict(own_calls()),
    "limits": lambda: dict(limit_calls()),
    "aio": lambda: dict(aio_calls()),
    "cache": lambda: dict(cache_calls()),
    "registry": lambda: dict(registry_calls()),
}
