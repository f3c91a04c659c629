"""The command line: what each command prints, returns and writes, in a folder of its own.

A scenario is a list of steps that share a folder, and perhaps a registry (``pyggcr registry
serve``) or a Docker engine (``support.fake_engine``). The fixtures are in ``data``.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.recording.forking import Commands
from support.recording.images import Answers, files_below, summary_of_bytes
from support.recording.normalising import DATA, normal, normal_log, renamed
from support.recording.scenarios import DIGEST, GZIP, HELP, Scenario, Step

__all__ = ["help_texts", "play"]

_LIMIT = 120.0  # seconds for one command
_LONG = 20_000  # characters; of longer output only the hash is kept
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:[0-9]+)")


def _environment(folder: Path, engine: str, **more: str) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        **kept,
        "HOME": str(folder / "home"),
        "DOCKER_CONFIG": str(folder / "docker"),
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "PYGGCR_ENGINE": engine,
        "TMPDIR": str(temporary),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
        **more,
    }


def _program(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "pyggcr", *arguments]


@dataclass
class _Stage:
    """What the steps of a scenario share."""

    folder: Path
    words: dict[str, str]
    commands: Commands
    files: dict[str, str] = field(default_factory=dict)

    def run(self, step: Step) -> Answers:
        for name, content in step.prepare.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        if step.prepare:
            self.files = files_below(self.folder, ("data",))
        done = self.commands.run(_split(step.line, self.words), self._stdin(step))
        errors = done.stderr.decode("utf-8", "surrogateescape")
        now = files_below(self.folder, ("data",))
        changed = {name: now[name] for name in now if now[name] != self.files.get(name)}
        changed |= {name: "(deleted)" for name in self.files if name not in now}
        self.files = now
        answers: Answers = {
            "exit code": done.returncode,
            "stdout": sorted(_shown(done.stdout).split())
            if step.unordered
            else _shown(done.stdout),
            "stderr": normal_log(errors) if step.log else errors,
            "files": changed,
        }
        answers = renamed(answers, {str(self.folder): "(folder)", str(DATA): "(data)"})
        return dict(normal(answers))

    def _stdin(self, step: Step) -> bytes:
        if step.stdin.startswith("<"):
            return (self.folder / step.stdin[1:]).read_bytes()
        return step.stdin.encode()


def _split(line: str, words: dict[str, str]) -> list[str]:
    import shlex

    return shlex.split(line.format(**words))


def _shown(output: bytes) -> str:
    try:
        text = output.decode()
    except UnicodeDecodeError:
        return summary_of_bytes(output)
    return text if len(text) <= _LONG else summary_of_bytes(output)


def play(scenario: Scenario, engine: str, other: str, *, only: str = "") -> dict[str, Answers]:
    """The answers of each step, by its number and words.

    Args:
        scenario: which one.
        engine: whose commands; ``other`` is the engine of the registry.
        only: take just the steps whose line matches this pattern.
    """
    answers: dict[str, Answers] = {}
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="recording-"))
        folder = Path(made).resolve()
        (folder / "data").symlink_to(DATA)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recording-")))
        words, environment = _words(), _environment(folder, engine)
        daemon = registry = None
        if "daemon" in scenario.needs.split():
            daemon = stack.enter_context(_daemon())
            environment["DOCKER_HOST"] = daemon.host
        if "registry" in scenario.needs.split():
            registry = stack.enter_context(_registry(folder, other))
            words["host"] = registry.host
        commands = stack.enter_context(Commands(folder, environment, scratch))
        stage = _Stage(folder, words, commands)
        stage.files = files_below(folder, ("data",))
        for number, step in enumerate(scenario.steps):
            if only and not re.search(only, step.line):
                continue
            answers[f"{number:03} {_title(step)}"] = stage.run(step)
        if daemon is not None:
            # Which requests in which order; what was sent is compared by what was answered.
            asked = [f"{it.method} {it.path} {it.api}" for it in daemon.asked]
            answers["asked of the daemon"] = normal({"requests": asked})
        if registry is not None:
            answers["printed by the registry"] = normal(registry.stop())
    return answers


def _title(step: Step) -> str:
    line = step.line.replace("data/docker/", "").replace("{host}", "HOST")
    return f"{line} < {step.stdin.strip()}" if step.stdin else line


def _words() -> dict[str, str]:
    """Digests of GZIP, for commands that take one."""
    import json
    import tarfile

    with tarfile.open(DATA.parent / GZIP) as tar:
        (entry,) = json.load(tar.extractfile("manifest.json"))
    return {
        "host": "",
        "config": "sha256:" + entry["Config"].rpartition("/")[2],
        "layer": "sha256:" + entry["Layers"][0].rpartition("/")[2],
        "digest": DIGEST,
    }


@contextlib.contextmanager
def _daemon() -> Iterator[Any]:
    from support.fake_engine import RECORDED, FakeEngine

    with FakeEngine(RECORDED["25.0.2"]) as engine:
        yield engine


class _Registry:
    """``pyggcr registry serve`` on any port."""

    def __init__(self, folder: Path, engine: str) -> None:
        self._process = subprocess.Popen(
            _program(["registry", "serve", "--address", "127.0.0.1:0"]),
            cwd=folder,
            env=_environment(folder, engine),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # what is read after the first line must not be in a buffer
        )
        assert self._process.stderr is not None
        first = self._process.stderr.readline().decode()
        found = _LISTENING.search(first)
        if found is None:
            self.stop()
            raise RuntimeError(f"the registry did not start: {first}")
        self.host = found[1]
        self._first = first

    def stop(self) -> Answers:
        """Stop it as Ctrl-C does; what it printed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        output, errors = self._process.communicate(timeout=_LIMIT)
        said = getattr(self, "_first", "") + errors.decode("utf-8", "replace")
        said = re.sub(r"serving on port [0-9]+", "serving on port PORT0", said)
        return {
            "exit code": self._process.returncode,
            "stdout": output.decode("utf-8", "replace"),
            "stderr": normal_log(said),
        }


@contextlib.contextmanager
def _registry(folder: Path, engine: str) -> Iterator[_Registry]:
    running = _Registry(folder, engine)
    try:
        yield running
    finally:
        if running._process.poll() is None:
            running.stop()


def help_texts() -> dict[str, Answers]:
    """What ``--help`` prints, of every command."""
    answers: dict[str, Answers] = {}
    with (
        tempfile.TemporaryDirectory(prefix="recording-") as made,
        tempfile.TemporaryDirectory(prefix="recording-") as scratch,
        Commands(Path(made), _environment(Path(made), "python"), Path(scratch)) as commands,
    ):
        for command in HELP:
            done = commands.run([*command.split(), "--help"], b"")
            answers[command or "pyggcr"] = {
                "exit code": done.returncode,
                "help": done.stdout.decode("utf-8", "surrogateescape"),
            }
    return answers
