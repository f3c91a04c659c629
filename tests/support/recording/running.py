"""Cases asked in worker processes, so that a crash or a hang is an answer like any other.

A worker takes the name of a case on each line and gives back its answers, a line of JSON.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from support.recording import cases

__all__ = ["run", "work"]

# Seconds for one case; the longest are 130 commands, on a busy machine.
_LIMIT = 1800.0

# Many small archives: Go's collector would run all the time.
_GO_RUNTIME = {"GOGC": "off", "GOMEMLIMIT": "512MiB", "GOMAXPROCS": "1"}

Groups = dict[str, dict[str, Any]]


def work(archives: Path | None) -> None:
    """Answer cases until standard input ends."""
    # A shell lets what it runs in the background ignore Ctrl-C; registries are stopped by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with answers:
        for line in sys.stdin:
            groups = cases.answer(line.rstrip("\n"), archives)
            answers.write(json.dumps(groups) + "\n")
            answers.flush()


def run(names: Sequence[str], archives: Path | None, jobs: int) -> Iterator[tuple[str, Groups]]:
    """The answers of all cases, in the order in which they come."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[str, Groups]] = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    threads = [
        threading.Thread(target=_serve, args=(waiting, done, archives), daemon=True)
        for _ in range(jobs)
    ]
    for thread in threads:
        thread.start()
    for _ in names:
        yield done.get()
    for thread in threads:
        thread.join()


def _serve(
    waiting: queue.SimpleQueue[str],
    done: queue.SimpleQueue[tuple[str, Groups]],
    archives: Path | None,
) -> None:
    worker = None
    while True:
        try:
            name = waiting.get_nowait()
        except queue.Empty:
            break
        worker = worker or _start(archives)
        groups = _ask(worker, name)
        if groups is None:
            groups = {"crash": {"exit code": _end(worker)}}
            worker = None
        done.put((name, groups))
    if worker is not None:
        _end(worker)


def _end(worker: subprocess.Popen[str]) -> int:
    """Let a worker end, if it has not ended by itself; its exit code."""
    worker.communicate()
    return worker.returncode


def _start(archives: Path | None) -> subprocess.Popen[str]:
    options = ["--archives", str(archives)] if archives else []
    return subprocess.Popen(
        [sys.executable, "-m", "support.recording", "work", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **_GO_RUNTIME,
            **os.environ,
            "DOCKER_CONFIG": "/nonexistent",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
    )


def _ask(worker: subprocess.Popen[str], name: str) -> Groups | None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    timer = threading.Timer(_LIMIT, worker.kill)
    timer.start()
    try:
        worker.stdin.write(name + "\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
    except BrokenPipeError:
        return None
    finally:
        timer.cancel()
    return json.loads(line) if line.endswith("\n") else None
