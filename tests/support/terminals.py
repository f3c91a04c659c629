"""A pseudo-terminal for the command line, and what it would show.

Commands run in processes of their own under ``SCRIPT``: progress is drawn at once, and work waits,
whenever bytes were counted, until they were drawn: tests see progress on the fastest machine.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["CONTROL", "DIGEST", "Ran", "Running", "run", "running", "too_long"]

# What a terminal obeys, and does not show.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DIGEST = re.compile(r"sha256[:-][0-9a-f]{64}")

# What is drawn of each line is the last of its counts; "hold" has the work wait for ever.
SCRIPT = """
import json, os, sys, threading, time
from pyggcr.cli import progress_line

progress_line._DELAY = 0.0
progress_line._EVERY = 0.005
phases, drawn = [], {}
changed = threading.Condition()
set_line, draw = progress_line.Line.set, progress_line._Painter._draw

def waiting_set(line, done, note=""):
    set_line(line, done, note)
    if all(it[0] is not line for it in phases):
        phases.append([line, line._title, line._total, 0])
    next(it for it in phases if it[0] is line)[3] = done
    if "hold" in os.environ.get("PYGGCR_TEST", "") and done:
        while True:
            time.sleep(0.01)
    if "wait" in os.environ.get("PYGGCR_TEST", "") and done:
        with changed:
            changed.wait_for(lambda: drawn.get(id(line), -1) >= done, timeout=20)

def telling_draw(painter):
    line, done = painter._line, painter._line._done
    draw(painter)
    with changed:
        drawn[id(line)] = max(done, drawn.get(id(line), 0))
        changed.notify_all()

progress_line.Line.set = waiting_set
progress_line._Painter._draw = telling_draw
sys.argv[:1] = ["pyggcr"]
from pyggcr.cli import main
try:
    main()
finally:
    if out := os.environ.get("PYGGCR_TEST_PHASES"):
        with open(out, "w") as file:
            json.dump([it[1:] for it in phases], file)
"""


class Ran:
    """What a command did.

    Attributes:
        shown: what the terminal got, control sequences included.
        printed: what went into the pipe instead of the terminal, if there was one.
        phases: title, total and last count of each line of progress.
    """

    def __init__(self, shown: str, printed: str, code: int, phases: list[list[Any]]) -> None:
        self.shown = shown
        self.printed = printed
        self.code = code
        self.phases = phases

    @property
    def lines(self) -> list[str]:
        """All lines that were ever shown, those of progress too, without control sequences."""
        return [it.rstrip() for it in re.split(r"[\r\n]+", CONTROL.sub("", self.shown))]

    @property
    def screen(self) -> list[str]:
        """What is left at the end, as lines that the terminal has not broken."""
        return screen_of(self.shown)


def screen_of(shown: str) -> list[str]:
    """The lines after all carriage returns and erasures."""
    lines = [""]
    at = 0
    for piece in re.findall(r"\x1b\[K|\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\r\n\x1b]+", shown):
        if piece == "\r":
            at = 0
        elif piece == "\n":
            lines.append("")
            at = 0
        elif piece == "\x1b[K":
            lines[-1] = lines[-1][:at]
        elif not piece.startswith("\x1b"):
            lines[-1] = lines[-1][:at] + piece + lines[-1][at + len(piece) :]
            at += len(piece)
    return [it.rstrip() for it in lines]


def too_long(lines: list[str], width: int) -> list[str]:
    """Lines that are wider than the terminal, and not one word that must not be cut."""
    return [it for it in lines if _columns(it) > width and len(it.split()) > 1]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(it) in "WF" else 1 for it in text)


class Running:
    """A command on a terminal."""

    def __init__(
        self,
        arguments: tuple[object, ...],
        *,
        width: int,
        folder: Path,
        on_terminal: str,
        background: bool,
        environment: dict[str, str],
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self._shown = bytearray()
        self._phases = folder / "phases"
        self._phases.unlink(missing_ok=True)
        clean = {key: it for key, it in os.environ.items() if key not in _OURS}
        streams = {
            name: theirs if name in on_terminal else subprocess.PIPE for name in ("out", "err")
        }
        command = [sys.executable, "-c", SCRIPT, *map(str, arguments)]
        self._reader = threading.Thread(target=self._read)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=streams["out"],
            stderr=streams["err"],
            env={
                **clean,
                "TERM": "xterm-256color",
                "PYGGCR_TEST": "wait",
                "PYGGCR_TEST_PHASES": str(self._phases),
                "DOCKER_CONFIG": str(folder),
                "HOME": str(folder),
                **environment,
            },
            start_new_session=True,
            preexec_fn=lambda: _take_terminal(theirs, background),
        )
        os.close(theirs)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._ours, 1 << 16)
            except OSError:  # nobody has the terminal open any more
                return
            if not piece:
                return
            self._shown += piece

    def wait_for(self, pattern: str) -> None:
        """Wait until the terminal was sent this."""
        until = time.monotonic() + 30
        while not re.search(pattern, CONTROL.sub("", self._shown.decode(errors="replace"))):
            assert time.monotonic() < until, (pattern, bytes(self._shown))
            assert self._process.poll() is None, (pattern, bytes(self._shown))
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def end(self) -> Ran:
        """Wait for the end."""
        try:
            out, err = self._process.communicate(timeout=60)
        finally:
            self._process.kill()
            self._reader.join()
            os.close(self._ours)
        phases = json.loads(self._phases.read_text()) if self._phases.exists() else []
        return Ran(
            self._shown.decode(errors="replace"),
            ((out or b"") + (err or b"")).decode(errors="replace"),
            self._process.returncode,
            phases,
        )


_OURS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTEST_CURRENT_TEST")


def _take_terminal(descriptor: int, background: bool) -> None:
    """Make it the terminal that the process belongs to; another group may have it in front."""
    fcntl.ioctl(descriptor, termios.TIOCSCTTY, 0)
    if background:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            signal.pause()
        os.setpgid(child, child)
        os.tcsetpgrp(descriptor, child)


@contextlib.contextmanager
def running(
    *arguments: object,
    width: int,
    folder: Path,
    on_terminal: str = "out err",
    background: bool = False,
    **environment: str,
) -> Iterator[Running]:
    """Start a command on a terminal."""
    yield Running(
        arguments,
        width=width,
        folder=folder,
        on_terminal=on_terminal,
        background=background,
        environment=environment,
    )


def run(*arguments: object, **options: Any) -> Ran:
    """Run a command on a terminal to its end."""
    with running(*arguments, **options) as command:
        return command.end()
