"""The line that ``progress`` shows on a terminal, and the thread that draws it."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator

from pyggcr.cli import screen
from pyggcr.cli.output import printable
from pyggcr.cli.signals import exit_on_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO


__all__ = ["Line", "byte_amount", "item_amount", "painters", "shown"]

_DELAY = 0.5  # seconds before anything is drawn
_EVERY = 0.1  # seconds between two drawings
_ERASE = "\r\x1b[K"
_GREEN, _DEFAULT = "\x1b[32m", "\x1b[39m"
_GAP = "  "
_WIDE_BAR, _BAR = 20, 10  # columns
_UNITS = (("B", 1), ("kB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12))

painters: list[_Painter] = []  # the one that draws, while anything is shown


@contextlib.contextmanager
def shown(line: Line) -> Iterator[Line]:
    """Draw the line; one that is shown inside the work of another stands in its place."""
    if painters:
        with painters[0].instead(line):
            yield line
        return
    stream = sys.stderr
    painter = _Painter(line, stream)
    with exit_on_signals():
        sys.stderr = _Above(stream, painter)
        painters.append(painter)
        painter.start()
        try:
            yield line
        finally:
            painter.stop()
            painters.clear()
            sys.stderr = stream


class Line:
    """What there is to show, as text of a width."""

    def __init__(
        self, title: str, total: int | None, amount: Callable[[int, int | None], str]
    ) -> None:
        self._title = printable(title)
        self._total = total or None
        self._amount = amount
        self._began = time.monotonic()
        self._done, self._note = 0, ""

    def set(self, done: int, note: str = "") -> None:
        """How far the work has come."""
        self._done, self._note = done, note

    def text(self, width: int, *, colour: bool, unicode: bool) -> str:
        """The line in at most so many columns: of what does not fit, the least important goes."""
        title, verb = self._title, self._title.partition(" ")[0]
        amount, share, rest = self._figures()
        wide, short = ([" " * size] if self._total else [] for size in (_WIDE_BAR, _BAR))
        for words in (
            [title, *wide, amount, *share, *rest],
            [title, *short, amount, *share, *rest],
            [title, amount, *share, *rest],
            [title, amount, *share],
            [verb, *wide, amount, *share, *rest],
            [verb, *short, amount, *share],
            [verb, amount, *share],
            [amount, *share],
            [amount],
        ):
            if sum(map(_columns, words)) + len(_GAP) * (len(words) - 1) <= width:
                return _GAP.join(
                    self._bar(len(it), colour, unicode) if it.isspace() else it for it in words
                )
        return ""

    def _figures(self) -> tuple[str, list[str], list[str]]:
        done, total = self._done, self._total
        if total is not None:
            done = min(done, total)
        seconds = time.monotonic() - self._began
        share = [f"{round(done * 100 / total):3}%"] if total else []
        rest = [self._note] if self._note else []
        if self._amount is byte_amount and done:
            rest.append(f"{byte_amount(int(done / seconds), None)}/s")
        if total and done:
            rest.append(_clock(seconds / done * (total - done)))
        return self._amount(done, total), share, rest

    def _bar(self, size: int, colour: bool, unicode: bool) -> str:
        full = size * min(self._done, self._total or 1) // (self._total or 1)
        if colour:
            return f"{_GREEN}{'━' * full if unicode else '#' * full}{_DEFAULT}" + (
                ("─" if unicode else "-") * (size - full)
            )
        return ("━" if unicode else "#") * full + ("─" if unicode else "-") * (size - full)


def byte_amount(done: int, total: int | None) -> str:
    unit, size = next(
        (it for it in reversed(_UNITS) if (total or done) >= it[1]),
        _UNITS[0],
    )
    digits = 0 if size == 1 else 1
    of = "" if total is None else f"/{total / size:.{digits}f}"
    return f"{done / size:.{digits}f}{of} {unit}"


def item_amount(done: int, total: int | None) -> str:
    return f"{done:,}/{total:,}" if total else f"{done:,}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(it) else 2 if unicodedata.east_asian_width(it) in "WF" else 1
        for it in text
    )


class _Painter:
    """Draws a line again and again, in a thread of its own."""

    def __init__(self, line: Line, stream: TextIO) -> None:
        self._line = line
        self._stream = stream
        self._lock = threading.RLock()  # what is on the screen; a signal may come in between
        self._is_drawn = self._is_paused = False
        self._is_waiting = False  # for the end of a line that somebody else began
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pyggcr-progress", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @contextlib.contextmanager
    def instead(self, line: Line) -> Iterator[None]:
        """Draw another line meanwhile."""
        before, self._line = self._line, line
        try:
            yield
        finally:
            self._line = before

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Draw nothing meanwhile."""
        with self.erased():
            self._is_paused = True
        try:
            yield
        finally:
            self._is_paused = False

    def stop(self) -> None:
        """Draw no more, and erase the line."""
        self._ended.set()
        self._thread.join()
        with self.erased():
            pass

    def _run(self) -> None:
        wait = _DELAY
        while not self._ended.wait(wait):
            wait = _EVERY
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if self._is_paused or self._is_waiting or not _is_foreground(self._stream):
            return
        unicode = (self._stream.encoding or "").lower().startswith("utf")
        # One column is left free: some terminals begin a new line after the last one.
        text = self._line.text(
            screen.width_of(self._stream) - 1,
            colour=screen.wants_colour(self._stream),
            unicode=unicode,
        )
        self._write(f"\r{text}\x1b[K")
        self._is_drawn = True

    def write_above(self, text: str) -> int:
        """Write what others have to say."""
        with self.erased():
            written = self._stream.write(text)
            self._stream.flush()
            if text:
                self._is_waiting = not text.endswith("\n")
            return written

    @contextlib.contextmanager
    def erased(self) -> Iterator[None]:
        """Take the line away, so that others can write; it is drawn again later."""
        with self._lock:
            if self._is_drawn:
                self._write(_ERASE)
                self._is_drawn = False
            yield

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()


def _is_foreground(stream: TextIO) -> bool:
    try:
        return os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return True  # not the terminal that the process belongs to


class _Above:
    """Standard error while a line is shown: what is written there stands above it."""

    def __init__(self, stream: TextIO, painter: _Painter) -> None:
        self._stream = stream
        self._painter = painter

    def write(self, text: str) -> int:
        return self._painter.write_above(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
