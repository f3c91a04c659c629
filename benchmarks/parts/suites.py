"""The suites of pytest-benchmark, run as they stand: each benchmark's figures and facts."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.runner.report import say

__all__ = ["SuitesFailedError", "measure"]

_FIGURES = ("median", "min", "max", "rounds")
# What the worker is told and the page has no use for.
_LEFT_OUT = ("path", "loops")


class SuitesFailedError(Exception):
    """pytest ended with failures."""


def measure(*, quick: bool, **_: object) -> list[dict[str, Any]]:
    """Each benchmark: ``group``, ``name``, ``seconds`` (median, min, max), and its facts."""
    say("the suites of pytest-benchmark")
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch, "results.json")
        command = [sys.executable, "-m", "pytest", "benchmarks", f"--benchmark-json={results}"]
        command += ["--quiet", "--benchmark-columns=min,median,max,rounds"]
        command += ["--quick"] if quick else []
        done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise SuitesFailedError(f"pytest ended with {done.returncode}")
        document = json.loads(results.read_text("utf-8"))
    return [_compact(benchmark) for benchmark in document["benchmarks"]]


def _compact(benchmark: dict[str, Any]) -> dict[str, Any]:
    facts = {key: each for key, each in benchmark["extra_info"].items() if key not in _LEFT_OUT}
    stats = {key: float(f"{benchmark['stats'][key]:.5g}") for key in _FIGURES}
    stats["rounds"] = int(stats["rounds"])
    return {"group": benchmark["group"], "name": benchmark["name"], **facts, "seconds": stats}
