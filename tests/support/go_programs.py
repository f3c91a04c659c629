"""Small programs in Go that answer for Go's standard library, or for go-containerregistry itself.

Their sources are tests/support/go/NAME/main.go.

Each takes tasks on standard input, in JSON, one a line, and answers each with a line of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
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


def build_with_library(
    name: str, folder: Path, require: Callable[[str, str], None], module: str = "native"
) -> Path:
    """Build a program with the go-containerregistry that a go.mod pins.

    Args:
        name: of the program.
        folder: where to build it.
        require: the fixture, which is told what is missing.
        module: where the go.mod is: native, or native/legacy for v0.18.0.
    """
    if shutil.which("go") is None:
        require("go", "there is no Go compiler")
    program = folder / f"{name}-{Path(module).name}"
    command = ["go", "build", "-o", program, SOURCES / name / "main.go"]
    environment = {**os.environ, "GOWORK": "off"}
    subprocess.run(command, cwd=SOURCES.parents[2] / module, env=environment, check=True)
    return program


def ask(program: Path, tasks: Iterable[Any]) -> list[Any]:
    """What a program answers to the tasks."""
    told = "".join(json.dumps(it) + "\n" for it in tasks)
    said = subprocess.run([program], input=told.encode(), stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]
