"""Signals that end a command, for commands that write files."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


__all__ = ["exit_on_signals"]

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128  # plus the signal: the exit code that shells report


@contextlib.contextmanager
def exit_on_signals() -> Iterator[None]:
    """Exit in an orderly way on signals, such as a cancelled CI job's, so that no file is left."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(_BY_SIGNAL + number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:  # nohup has one ignored
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
