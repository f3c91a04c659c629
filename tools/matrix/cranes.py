"""Builds cranes from the module proxy, each once."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tools.matrix.releases import MODULE, Crane

__all__ = ["FOLDER", "built"]

FOLDER = Path(__file__).parents[2] / "build" / "matrix"


def built(crane: Crane) -> Path:
    """The executable, which is built unless it is there.

    Raises:
        CalledProcessError: ``go install`` failed, and has said why.
    """
    program = FOLDER / "bin" / crane.program
    if program.exists():
        return program
    program.parent.mkdir(parents=True, exist_ok=True)
    print(f"building crane {crane.release} with {crane.go}", flush=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GOBIN": folder,
            "GOFLAGS": "-buildvcs=false",
            "GOTOOLCHAIN": crane.go,
            "GOWORK": "off",
        }
        # Without symbols, for a dozen of megabytes each is enough.
        command = ["go", "install", "-trimpath", "-ldflags=-s -w"]
        command.append(f"{MODULE}/cmd/crane@v{crane.release}")
        subprocess.run(command, env=environment, check=True)  # noqa: S603
        (Path(folder) / "crane").replace(program)
    return program
