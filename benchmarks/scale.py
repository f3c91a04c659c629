"""``python -m benchmarks.scale``: how an audit of a registry grows, and the page of the figures.

A docker-registry on loopback has 10,000 small images in 500 repositories. It is audited through a
proxy that counts requests, at once and after a wait of 50 ms: by threads, by processes and by dask
workers. Each audit is a process of its own; its peak memory is that of this process alone.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.machine import machine
from benchmarks.runner.process import run
from benchmarks.runner.report import say

sys.path.append(str(ROOT / "tests"))  # which have a registry, its images and a cluster at hand

_FOLDER = ROOT / "docs" / "scale"
_WAIT = 0.05  # seconds
_AT_ONCE = 8  # images that each dask worker, or each process, reads at the same time

# How images are read: a name for people, options of the audit, dask workers.
WAYS: tuple[tuple[str, list[str], int], ...] = (
    ("8 threads", [], 0),
    ("32 threads", ["--max-per-host", "32"], 0),
    ("2 processes", ["--jobs", "2", "--max-per-host", str(2 * _AT_ONCE)], 0),
    ("1 dask worker", ["--max-per-host", str(_AT_ONCE)], 1),
    ("2 dask workers", ["--max-per-host", str(2 * _AT_ONCE)], 2),
    ("4 dask workers", ["--max-per-host", str(4 * _AT_ONCE)], 4),
)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--repositories", type=int, default=500)
    parser.add_argument("--images", type=int, default=20, help="in each repository")
    parser.add_argument("--output", type=Path, default=_FOLDER, metavar="FOLDER")
    parser.add_argument("--page-only", action="store_true", help="measure nothing")
    options = parser.parse_args()
    figures = options.output / "results.json"
    if not options.page_only:
        options.output.mkdir(parents=True, exist_ok=True)
        found = measure(options.repositories, options.images)
        figures.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    from benchmarks.page.scale import scale_page

    page = options.output.with_suffix(".md")
    page.write_text(scale_page(json.loads(figures.read_text("utf-8"))), "utf-8")
    say(f"{page} is made")


def measure(repositories: int, images: int) -> dict[str, Any]:
    """Figures of all ways, at once and after a wait, and of a second run."""
    from support.dask_cluster import DaskCluster
    from support.fleets import store_fleet
    from support.registries import DockerRegistry

    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as made, DockerRegistry(Path(made)) as registry:
        say(f"writing {repositories * images} images")
        assert sum(1 for _ in store_fleet(registry.storage, repositories, images)) == repositories
        for wait in (0.0, _WAIT):
            for name, options, workers in WAYS:
                with contextlib.ExitStack() as stack:
                    if workers:
                        cluster = stack.enter_context(DaskCluster(workers))
                        options = [*options, "--dask", cluster.address]
                    runs.append(_audited(registry.host, wait, name, options, Path(made)))
        state = ["--state", str(Path(made, "state"))]
        runs += [
            _audited(registry.host, _WAIT, name, state, Path(made))
            for name in ("first run with a state", "second run")
        ]
        size = Path(made, "state").stat().st_size
    return {
        "machine": machine(),
        "versions": _versions(),
        "load": os.getloadavg()[1],
        "repositories": repositories,
        "images": repositories * images,
        "state_bytes": size,
        "runs": runs,
    }


def _versions() -> dict[str, str]:
    return {
        "pyggcr": importlib.metadata.version("pyggcr"),
        "Python": platform.python_version(),
        "distributed": importlib.metadata.version("distributed"),
    }


def _audited(host: str, wait: float, name: str, options: list[str], folder: Path) -> dict[str, Any]:
    """One audit, through a proxy of its own."""
    output = folder / "rows.jsonl"
    with _proxy(host, wait) as (address, requests):
        command = [sys.executable, "-m", "pyggcr", "audit", address, "--fail-on", "never", "--json"]
        done = run([*command, "-o", str(output), *options])
        asked = requests()
    summary = json.loads(done.output)
    rows = summary["images"]
    figures = {
        "way": name,
        "wait": wait,
        "images": rows,
        "failed": summary["failed"],
        "seconds": round(done.seconds, 2),
        "per_second": round(rows / done.seconds, 1),
        "peak_memory": done.peak_memory,
        "output_bytes": output.stat().st_size,
        "requests": asked,
    }
    say(f"{name}, {wait * 1000:.0f} ms: {figures['per_second']} images a second")
    return figures


@contextlib.contextmanager
def _proxy(host: str, wait: float) -> Iterator[tuple[str, Any]]:
    """A proxy in a process of its own, and what tells the requests that it passed on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.runner.slow_proxy", host, str(wait)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    counts: dict[str, int] = {}
    try:
        yield process.stdout.readline().strip(), lambda: counts or _ended(process, counts)
    finally:
        process.kill()
        process.wait()


def _ended(process: subprocess.Popen[str], counts: dict[str, int]) -> dict[str, int]:
    said, _ = process.communicate()
    counts.update(json.loads(said))
    return counts


if __name__ == "__main__":
    main()
