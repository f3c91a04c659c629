"""What was measured on: the machine without its name, and the version of everything."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import re
import ssl
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path

from benchmarks import ROOT
from benchmarks.runner.peers import GO_VERSIONS, MissingPeerError, go_peers, skopeo

__all__ = ["machine", "versions"]

_MISSING = "not there"

_CAPACITY_ROUNDS = 5
_WORK = "import hashlib; h = hashlib.sha256(); b = bytes(5 << 20); [h.update(b) for _ in range(99)]"


def machine() -> dict[str, str]:
    """Processor, cores, memory, system, day."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": f"{_cores()}, which at once did {_capacity():.2f} times the work of one",
        "memory": f"{memory / (1 << 30):.0f} GiB",
        "system": f"{_distribution()}, {_kernel()}, {platform.machine()}",
        "measured on": dt.datetime.now(dt.timezone.utc).date().isoformat(),
    }


def versions() -> dict[str, str]:
    """Each program and library by name."""
    import pyggcr

    engines = pyggcr.engines()
    python = engines["python"]
    found = {
        "pyggcr": f"{pyggcr.__version__} ({_commit()})",
        "accelerators": ", ".join(f"{task}: {by}" for task, by in python.accelerators.items()),
        "go-containerregistry": python.go_containerregistry,
        "Go engine": engines["go"].go_version or _MISSING,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "OpenSSL": ssl.OPENSSL_VERSION.removeprefix("OpenSSL "),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "isal": _package("isal"),
        "matplotlib": _package("matplotlib"),
    }
    for profile in GO_VERSIONS:
        try:
            peers = go_peers(profile)
        except MissingPeerError:
            continue
        said = _say([peers.crane, "version"])
        found[f"crane, {profile}"] = f"{said}, built by {peers.go_version}"
    try:
        found["skopeo"] = _say([skopeo(), "--version"]).removeprefix("skopeo version ")
    except MissingPeerError:
        found["skopeo"] = _MISSING
    return found


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _capacity() -> float:
    """How much all cores do at once: on a shared host that can be less than their number."""
    cores = _cores()
    ratios = [cores * _busy(1) / _busy(cores) for _ in range(_CAPACITY_ROUNDS)]
    return statistics.median(ratios)


def _busy(processes: int) -> float:
    """Seconds that so many processes take, each hashing the same amount."""
    command = [sys.executable, "-I", "-S", "-c", _WORK]
    start = time.perf_counter()
    running = [subprocess.Popen(command) for _ in range(processes)]
    for process in running:
        process.wait()
    return time.perf_counter() - start


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        text = cpuinfo.read_text("utf-8")
        name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
        family = re.search(r"^cpu family\s*:\s*(\d+)$", text, re.MULTILINE)
        if name:
            return f"{name[1]}, family {family[1]}" if family else name[1]
    return platform.processor() or platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform(terse=True)


def _kernel() -> str:
    """``Linux 6.1``: what follows is the distribution's or the host's own."""
    return f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"


def _commit() -> str:
    try:
        return _say(["git", "-C", str(ROOT), "describe", "--always", "--dirty"])
    except (OSError, subprocess.CalledProcessError):
        return "no commit known"


def _package(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return _MISSING


def _say(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
