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
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.machine import machine
from benchmarks.page.scale import SECOND, scale_page
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
    page = options.output.with_suffix(".md")
    page.write_text(scale_page(json.loads(figures.read_text("utf-8"))), "utf-8")
    say(f"{page} is made")


def measure(repositories: int, images: int) -> dict[str, Any]:
    """Figures of all ways, at once and after a wait, and of a second run."""
    from support.dask_cluster import DaskCluster
    from support.fleets import store_fleet
    from support.registries import DockerRegistry

    runs: list[dict[str, Any]] = []
    load = os.getloadavg()[1]  # of other programs: nothing runs yet
    with tempfile.TemporaryDirectory() as made, DockerRegistry(Path(made)) as registry:
        say(f"writing {repositories * images} images")
        assert sum(1 for _ in store_fleet(registry.storage, repositories, images)) == repositories
        for wait in (0.0, _WAIT):
            with _Proxy(registry.host, wait) as proxy:
                for name, options, workers in WAYS:
                    with contextlib.ExitStack() as stack:
                        if workers:
                            cluster = stack.enter_context(DaskCluster(workers))
                            options = [*options, "--dask", cluster.address]
                        runs.append(audited(proxy, name, options, Path(made)))
        state = Path(made, "state")
        with _Proxy(registry.host, _WAIT) as proxy:
            for name in ("first run with a state", SECOND):
                runs.append(audited(proxy, name, ["--state", str(state)], Path(made)))  # noqa: PERF401
        size = state.stat().st_size
    return {
        "machine": machine(),
        "versions": _versions(),
        "load": load,
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


def audited(proxy: _Proxy, name: str, options: list[str], folder: Path) -> dict[str, Any]:
    """One audit, through a proxy."""
    output = folder / "rows.jsonl"
    command = [sys.executable, "-m", "pyggcr", "audit", proxy.address, "--fail-on", "never"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run([*command, "--json", "-o", str(output), *options])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    summary = json.loads(done.output)
    rows = summary["images"]
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(f"{name}, {proxy.wait * 1000:.0f} ms: {rows / done.seconds:.1f} images a second")
    return {
        "way": name,
        "wait": proxy.wait,
        "images": rows,
        "failed": summary["failed"],
        "seconds": round(done.seconds, 2),
        "processor_seconds": round(processor, 2),
        "per_second": round(rows / done.seconds, 1),
        "peak_memory": done.peak_memory,
        "output_bytes": output.stat().st_size,
        "requests": proxy.requests(),
    }


class _Proxy:
    """A proxy in a process of its own; a context manager.

    Attributes:
        wait: seconds that it holds a request back.
        address: where it listens.
    """

    def __init__(self, host: str, wait: float) -> None:
        self.wait = wait
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.runner.slow_proxy", host, str(wait)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()

    def requests(self) -> dict[str, int]:
        """The requests since the last call, by what they asked for."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        counts: dict[str, int] = json.loads(self._process.stdout.readline())
        return counts

    def __enter__(self) -> _Proxy:  # noqa: PYI034 - typing.Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    main()
