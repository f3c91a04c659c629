"""Tells whoever waits what is being measured now."""

from __future__ import annotations

import sys
import time

__all__ = ["say"]

_START = time.monotonic()


def say(text: str) -> None:
    """A line on standard error, with the seconds since the start."""
    print(f"[{time.monotonic() - _START:5.0f} s] {text}", file=sys.stderr, flush=True)  # noqa: T201
