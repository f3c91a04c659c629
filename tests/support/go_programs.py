"""Small programs in Go that answer for Go's standard library: tests/support/go/NAME/main.go.

Each takes tasks on standard input, in JSON, one a line, and answers each with a line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parent / "go"


def build(name: str, folder: Path, toolchain: str = "local") -> Path:
    """Build a program with a release of Go, by default the one on PATH."""
    program = folder / name
    environment = {**os.environ, "GOTOOLCHAIN": toolchain}
    command = ["go", "build", "-o", program, SOURCES / name / "main.go"]
    subprocess.run(command, env=environment, check=True)
    return program


def ask(program: Path, tasks: Iterable[Any]) -> list[Any]:
    """What a program answers to the tasks."""
    told = "".join(json.dumps(it) + "\n" for it in tasks)
    said = subprocess.run([program], input=told.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]
