"""go-containerregistry v0.18.0, the last before the Docker 25 patch, as a process of its own.

The program is native/legacy. It is built on demand, by a Go whose gzip is that of the recordings
in tests/data/golden (1.21 to 1.26), and kept in the user's cache folder under its sources.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from support.shared_builds import build_once

SOURCES = Path(__file__).parents[2] / "native" / "legacy"
VERSION = "v0.18.0"

# Taken where the Go on PATH is of another gzip.
GO_1_26 = "go1.26.8"


class MissingLegacyError(Exception):
    """Why the program cannot be had, in words for the reader of a skipped test."""


def observe(path: Path | str, tag: str | None = None) -> dict[str, Any]:
    """What v0.18.0 says of one image, as the golden files write it."""
    (observation,) = observe_all([(path, tag)])
    return observation


def observe_all(images: Iterable[tuple[Path | str, str | None]]) -> list[dict[str, Any]]:
    """What it says of each of many: path and tag, ``None`` for an archive read without one.

    Raises:
        MissingLegacyError: the program cannot be had.
    """
    requests = [{"path": str(path), "tag": tag or ""} for path, tag in images]
    run = subprocess.run(
        [program()],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    replies = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(replies) == len(requests)
    assert {reply["library"] for reply in replies} <= {VERSION}
    return [reply["observation"] for reply in replies]


@functools.cache
def program() -> str:
    """The path of the program, built unless the cache has it.

    Raises:
        MissingLegacyError: there is no Go, or it cannot build it.
    """
    if not shutil.which("go"):
        raise MissingLegacyError("there is no Go on PATH to build it with")
    environment = _environment()
    version = _go("env", "GOVERSION", env=environment).strip()
    target = _cache_folder() / f"legacy-{_key(version)}"

    def build(path: Path) -> None:
        _go("build", "-trimpath", "-buildvcs=false", "-o", str(path), ".", env=environment)

    return str(build_once(target, build))


def _environment() -> dict[str, str]:
    base = {**os.environ, "GOWORK": "off", "CGO_ENABLED": "0"}
    here = _go("env", "GOVERSION", env=base).strip()
    return base if _writes_recorded_gzip(here) else {**base, "GOTOOLCHAIN": GO_1_26}


def _writes_recorded_gzip(version: str) -> bool:
    major, _, rest = version.removeprefix("go").partition(".")
    minor = rest.split(".")[0]
    return major == "1" and minor.isdigit() and 21 <= int(minor) <= 26


def _key(version: str) -> str:
    digest = hashlib.sha256(version.encode())
    for path in sorted(SOURCES.glob("*.go")) + sorted(SOURCES.glob("go.*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base else Path.home() / ".cache") / "pyggcr-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _go(*arguments: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["go", *arguments], cwd=SOURCES, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise MissingLegacyError(f"go {arguments[0]} failed: {reason}")
    return done.stdout
