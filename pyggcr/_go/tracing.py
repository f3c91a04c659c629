"""What Go says of its requests, through a pipe: the twin of native/trace.go."""

from __future__ import annotations

import atexit
import functools
import json
import os
import threading

from pyggcr._os import request_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["options"]

_END = b"\n"  # of what was to be told so far
_PATIENCE = 1  # seconds


def options() -> dict[str, Any] | None:
    """How a new client in Go shall tell of its requests; ``None`` if nobody listens."""
    if not request_log.enabled():
        return None
    return {"descriptor": _pipe(), "headers": sorted(request_log.SHOWN)}


@functools.cache
def _pipe() -> int:
    """The end that Go writes to; what comes out of the other is told by a thread."""
    source, sink = os.pipe()
    told = threading.Event()

    def flush() -> None:
        told.clear()
        os.write(sink, _END)
        told.wait(_PATIENCE)

    threading.Thread(
        target=_tell_all, args=(source, told), name="pyggcr-trace", daemon=True
    ).start()
    request_log.flushed_by(flush)
    atexit.register(flush)
    return sink


def _tell_all(source: int, told: threading.Event) -> None:
    with open(source, "rb") as lines:
        for line in lines:
            if line == _END:
                told.set()
            else:
                _tell(json.loads(line))


def _tell(line: dict[str, Any]) -> None:
    method, url, seconds = line["method"], line["url"], line["seconds"]
    if line["error"]:
        request_log.tell_failure(method, url, seconds, line["error"])
    elif line["status"]:
        request_log.tell_answer(method, url, line["status"], seconds, line["headers"])
    else:
        request_log.tell_request(method, url, line["headers"])
