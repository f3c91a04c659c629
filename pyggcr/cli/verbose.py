"""``--verbose``: what the library logs, requests to registries too, on standard error."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator

from pyggcr.cli.output import printable

__all__ = ["verbose"]

_LINE = "%(asctime)s %(message)s"
_TIME = "%Y/%m/%d %H:%M:%S"  # as Go's package log has it


class _Lines(logging.Formatter):
    """Keeps the lines of a message, and nothing else that a terminal would obey."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(printable, super().format(record).split("\n")))


@contextlib.contextmanager
def verbose() -> Iterator[None]:
    """Show what is logged inside the ``with`` block."""
    from pyggcr._os import request_log

    log = logging.getLogger("pyggcr")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(_LINE, _TIME))
    level = log.level
    log.setLevel(logging.DEBUG)
    log.addHandler(handler)
    try:
        yield
    finally:
        request_log.flush()
        log.removeHandler(handler)
        log.setLevel(level)
