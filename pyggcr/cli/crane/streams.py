"""Standard output and standard error as a Go program has them, and Go's log lines.

What a Go program writes is there at once, and in the order in which it was written; a pipe that
nobody reads ends it by SIGPIPE.
"""

from __future__ import annotations

import os
import signal
import sys
import time

__all__ = ["die_of", "die_of_broken_pipe", "flush", "log", "stamp", "write", "write_error"]

_TIME = "%Y/%m/%d %H:%M:%S"  # log.LstdFlags


def write(data: bytes | str) -> None:
    """Write to standard output."""
    sys.stdout.buffer.write(_bytes(data))


def write_error(data: bytes | str) -> None:
    """Write to standard error, after what was written to standard output before."""
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(_bytes(data))
    sys.stderr.buffer.flush()


def log(text: str) -> None:
    """Write a line of Go's package log."""
    write_error(f"{stamp(time.time())} {text.removesuffix(chr(10))}\n")


def stamp(seconds: float) -> str:
    """A time as the log shows it."""
    return time.strftime(_TIME, time.localtime(seconds))


def flush() -> None:
    """See that everything is written."""
    sys.stdout.buffer.flush()


def die_of_broken_pipe() -> None:
    """End this process as Go does when nobody reads its output."""
    # What is still buffered goes nowhere, so that the interpreter's own flush cannot fail.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    die_of(signal.SIGPIPE)


def die_of(number: int) -> None:
    """End this process by a signal, which a shell shows as 128 plus its number."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _bytes(data: bytes | str) -> bytes:
    return data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
