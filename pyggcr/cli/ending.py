"""The end of a command by a signal, for those that write files."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import NoReturn

__all__ = ["ended_in_order"]

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128  # plus the signal: the exit code that shells report


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Let signals that end a program, as of a runner that is cancelled, leave no file behind."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(_BY_SIGNAL + number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _ENDING:
            if signal.getsignal(number) is signal.SIG_DFL:  # nohup has one ignored
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
